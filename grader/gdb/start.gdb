# start.gdb - how gdb is to treat a runner. heaplab debug loads it by -x, then
# commands.py, then stops.gdb.

# The runner is started as heaplab starts it: no shell, nothing in its
# environment, and the job and the log on descriptors 3 and 4.
set startup-with-shell off
set cwd /
unset environment

# What the kit's commands call in the runner survives crashes by itself.
set unwindonsignal on

set breakpoint pending off
set print thread-events off

# What is left of the kit's commands if this gdb has no Python.
define heap
    echo heap, freelist, block and op want a gdb with Python: install gdb\n
end
define freelist
    heap
end
define block
    heap
end
define op
    heap
end
