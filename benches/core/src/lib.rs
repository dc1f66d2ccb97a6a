//! What the benches share: modules of any size.

/// Source with `blocks` of everything that a module has; its length is proportional to their number.
#[must_use]
pub fn source(blocks: usize) -> String {
    let block = |n: usize| {
        let before = n.saturating_sub(1);
        format!(
            "import package.module_{n} as module_{n}\n\
             LIMIT_{n} = 3 + {n}\n\
             TABLE_{n} = {{}}\n\
             \n\
             def function_{n}(first, second=LIMIT_{n}):\n\
             \x20   \"\"\"Of a line.\"\"\"\n\
             \x20   for item in first:\n\
             \x20       TABLE_{n}[item] = module_{n}.work(item, second)\n\
             \x20   return function_{before}(second) if first else None\n\
             \n\
             class Class_{n}:\n\
             \x20   kind = LIMIT_{n}\n\
             \n\
             \x20   def method(self, value: int = 0) -> \"Class_{before}\":\n\
             \x20       self.value = [function_{n}(x) for x in range(value)]\n\
             \x20       return Class_{before}()\n\
             \n\
             made_{n} = Class_{n}()\n\
             registered_{n} = made_{n}.method(LIMIT_{n})\n\
             \n"
        )
    };
    (0..blocks).map(block).collect()
}
