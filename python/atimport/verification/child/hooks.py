"""The hook in a plain interpreter: what an eager process adds to the import of a module that has one.

What a deferred import is held against is an eager import followed by the hook.  `call_hooks` makes that of every import
in this process; a module that calls its hook itself, as its last statement, is left alone::

    def __at_import__():        # called here, when the module's code has run
        register(Codec)

The rule is written down here a second time on purpose: the process must not load atimport, and what is tested must not
decide what it is tested against.
"""

import _warnings
import sys

NAME = "__at_import__"
ONLY_AST = 0x400  # ast.PyCF_ONLY_AST
UNFIT = 0x04 | 0x08 | 0x20 | 0x80 | 0x200  # CO_VARARGS, _VARKEYWORDS, _GENERATOR, _COROUTINE, _ASYNC_GENERATOR
Function = type(lambda: None)


def call_hooks():
    """Let every source loader call the hook of the module that it has executed."""
    loader = sys.modules["_frozen_importlib_external"]._LoaderBasics
    execute = loader.exec_module

    def exec_module(self, module):
        execute(self, module)
        hook = vars(module).get(NAME)
        if type(hook) is Function and has_to_be_called(hook, self, module.__spec__.origin):
            bindings = hook()
            if bindings is not None:
                vars(module).update(bindings)

    # `warnings` passes over frames of importlib's when it looks for a caller, and must pass over this one.
    exec_module.__code__ = exec_module.__code__.replace(co_filename=execute.__code__.co_filename)
    loader.exec_module = exec_module


def has_to_be_called(hook, loader, path):
    """Whether a function is a declaration, and the module does not end by calling it."""
    code = hook.__code__
    if code.co_argcount or code.co_kwonlyargcount or code.co_flags & UNFIT or path.endswith(".pyc"):
        return False
    _warnings.filters.insert(0, ("ignore", None, Warning, None, 0))  # the import has said what there is to say
    try:
        statements = compile(loader.get_data(path), path, "exec", ONLY_AST, True).body
    finally:
        del _warnings.filters[0]
    declared = [one for one in statements if type(one).__name__ == "FunctionDef" and one.name == NAME]
    return len(declared) == 1 and not declared[0].decorator_list and not is_call(statements[-1])


def is_call(statement):
    """Whether a statement is ``__at_import__()``."""
    call = getattr(statement, "value", None)
    return (
        type(statement).__name__ == "Expr"
        and type(call).__name__ == "Call"
        and getattr(call.func, "id", None) == NAME
        and not call.args
        and not call.keywords
    )
