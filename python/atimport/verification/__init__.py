"""
Is a deferred import the same as an eager one?  Modules are imported both ways, in separate processes, and compared.

For each module M, in processes of their own:

    eager      import M                        touch its public names    describe everything
    deferred   install(), import M deferred    touch in a random order   describe everything
    ...        in several orders, by three routes
    eager      once more, where they differ: what differs between eager runs is noise

| file | what it knows |
|---|---|
| `targets` | which modules there are in a folder |
| `processes` | how a process is started for a module, and what it leaves behind |
| `child/` | what happens in such a process; run by path, never imported: an eager process must not load atimport |
| `compare` | what counts as a difference |
| `judging` | from a module to a verdict |
| `shrinking` | from a touch order that shows a mismatch to the smallest that does |
| `findings` | which statements run then, and which diagnostics name them |
| `verify` | all that for a whole package |
| `report`, `wording` | how it is told |
"""
