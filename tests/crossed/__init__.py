"""Small modules that cross ways of doing things: is a deferred import of each the same as an eager one?

Random modules (`tests.generated`) are large, and come upon few forms of the language; these are the other way round. Each has one
statement that does something which another one sees, and the forms are written down: `running.txt`, ways in which a statement
runs a function; `flowing.txt`, ways in which an object gets somewhere; `modules`, ways to have a function, to see that it has
run, and to change an object; `binding.txt` and `reading.txt`, ways to bind a name and to read it; `importing.txt` and `asking.txt`,
ways to import a module of `packages` and to tell that it has been imported; `state.txt`, ways to change something outside and to
read it; `touching.txt`, ways for another module to touch what one binds. All of them crossed are more than twenty thousand modules.
"""
