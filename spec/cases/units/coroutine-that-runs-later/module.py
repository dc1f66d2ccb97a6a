__at_import__ = None

import asyncio

from _trace import ran


log = None if ran(8) else []


async def work():
    log.append("done")


waiting = None if ran(15) else work()
before = ran(16) or len(log)
result = ran(17) or asyncio.run(waiting)
after = ran(18) or len(log)
other = ran(19) or 1
