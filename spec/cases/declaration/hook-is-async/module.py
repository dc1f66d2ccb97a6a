from _trace import ran

first = ran(3) or 1


async def __at_import__():
    ran(7)
