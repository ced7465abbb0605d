# stops.gdb - starts the runner, which stops before the operation that the job
# names. The stops are here if commands.py could not see to them.
if $_isvoid($heaplab_commands)
    break stop_malloc
    break stop_calloc
    break stop_aligned
    break stop_realloc
    break stop_realloc_general
    break stop_free
    break stop_trim
    run
else
    python restart(None)
end
