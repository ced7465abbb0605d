# commands.py - the kit's commands in gdb: heap, freelist, block, op.
#
# Who owns which block is read out of the job and the log, which gdb finds in
# the runner's memory. The pieces of the heap come from the allocator's own
# walk() and lists(), called in the runner: they may crash or not return, also
# because the heap is in the middle of an operation. Then what they showed
# until then is printed, and one line tells what happened.

import signal
import struct

import gdb


def number_of(name):
    """An enumeration constant of job.h or trace.h."""
    return int(gdb.parse_and_eval(name))


MALLOC, CALLOC, ALIGNED, REALLOC, FREE = map(
    number_of, ("OP_MALLOC", "OP_CALLOC", "OP_ALIGNED", "OP_REALLOC",
                "OP_FREE"))
RETURNED = number_of("RECORD_RETURNED")
SPOILT = number_of("RECORD_LOST") | number_of("RECORD_DIRTY")
PHASE_LOOK = number_of("PHASE_LOOK")

# As the structures lie in memory: struct op, record and log_piece.
OP = struct.Struct("=BBHIQ")
RECORD = struct.Struct("=QQQQII")
PIECE = struct.Struct("=QQQQ")

STOPS = ("malloc", "calloc", "aligned", "realloc", "realloc_general",
         "free", "trim")


AGAIN = "op N goes back to operation N"


class Trouble(Exception):
    """What a command prints, in one line, instead of what was wanted."""


class Op:
    """An operation of the trace."""

    def __init__(self, number, raw):
        self.number = number  # counted from 1
        self.kind, self.order, _, self.id, self.size = raw

    def call(self):
        return {
            MALLOC: "malloc(%d)" % self.size,
            CALLOC: "calloc(1, %d)" % self.size,
            ALIGNED: "aligned_alloc(%d, %d)" % (1 << self.order, self.size),
            REALLOC: "realloc(p%d, %d)" % (self.id, self.size),
            FREE: "free(p%d)" % self.id,
        }.get(self.kind, "trim()")

    def words(self):
        if self.kind <= REALLOC:
            return "p%d = %s" % (self.id, self.call())
        return self.call()


class Block:
    """A block that a call has returned."""

    def __init__(self, op, start):
        self.op = op
        self.start = start
        self.end = start + op.size  # of the bytes that were asked for
        self.name = "p%d" % op.id
        self.spoilt = False  # was it found wrong, and so never filled?
        self.ended = None  # the operation that freed or resized it

    def origin(self):
        return "%s, op %d" % (self.op.call(), self.op.number)


class Piece:
    """A block of the heap, as walk() or lists() shows it."""

    def __init__(self, raw):
        self.start, self.size, self.payload, self.live = raw
        self.end = self.start + self.size
        self.place = 0  # on the free list, counted from 1


def memory(start, size):
    try:
        return bytes(gdb.selected_inferior().read_memory(start, size))
    except gdb.MemoryError:
        raise Trouble("there is no memory at %#x" % start)


class Replay:
    """The replay as it stands: its operations, and who owns what."""

    def __init__(self):
        if gdb.selected_inferior().pid == 0:
            raise Trouble("the replay is over; " + AGAIN)
        self.runner = gdb.parse_and_eval("the_runner")
        if not self.runner["log"] or not self.runner["job"]:
            raise Trouble("the replay has not begun")
        log = self.runner["log"].dereference()
        self.base = int(log["source_base"])
        self.limit = int(log["source_limit"])
        self.phase = int(log["phase"])
        self.count = int(self.runner["job"]["op_count"])
        self.started = min(int(log["started"]), self.count)
        ops = memory(int(self.runner["ops"]), OP.size * self.count)
        self.ops = [Op(i + 1, raw)
                    for i, raw in enumerate(OP.iter_unpack(ops))]
        self.pending = None  # the operation whose call has not returned
        self.blocks = []  # in the order of their calls
        self.live = {}  # by identifier
        if self.started > 0:
            self.follow()

    def follow(self):
        records = memory(int(self.runner["records"]),
                         RECORD.size * self.started)
        for op, record in zip(self.ops, RECORD.iter_unpack(records)):
            pointer, flags = record[1], record[5]
            if not flags & RETURNED:
                self.pending = op
                return
            if op.kind == FREE or op.kind == REALLOC and pointer:
                old = self.live.pop(op.id, None)
                if old is not None:
                    old.ended = op
            if op.kind <= REALLOC and pointer:
                self.live[op.id] = Block(op, pointer)
                self.live[op.id].spoilt = bool(flags & SPOILT)
                self.blocks.append(self.live[op.id])

    def now(self):
        if self.started == 0:
            return "before op 1 of %d: %s" % (self.count, self.ops[0].words())
        op = self.ops[self.started - 1]
        return "%s op %d of %d: %s" % ("after" if self.pending is None
                                       else "in", op.number, self.count,
                                       op.words())

    def pending_words(self, block):
        """What the call under way may be about to change: of a block, that
        it ends; of none, that it is allocated."""
        op = self.pending
        if op is None or (block is None and op.kind > REALLOC) or \
                (block is not None and op.id != block.op.id):
            return ""
        return ", in %s" % op.words() if block is not None else " yet"

    def offset(self, address):
        """An address as all of the kit tells it: from the heap's begin."""
        if self.base <= address < self.base + self.limit:
            return "%#x" % (address - self.base)
        return "%#x (not in the heap)" % address

    def last_owner(self, payload):
        """The block that last began there, live or not."""
        for block in reversed(self.blocks):
            if block.start == payload:
                return block
        return None

    def is_written(self, block):
        """Has the replay filled the block with its pattern?"""
        return not block.spoilt and (block.op.number < self.started or
                                     self.phase > PHASE_LOOK)


# --- the heap's own view ---------------------------------------------------

CAUGHT = ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGVTALRM")


class Undisturbed:
    """While it lasts, the runner meets no breakpoint, and catches signals by
    itself: those that stop.c catches do not stop it."""

    def __enter__(self):
        self.enabled = [b for b in gdb.breakpoints() or () if b.enabled]
        for each in self.enabled:
            each.enabled = False
        self.handled = []
        for name in CAUGHT:
            told = gdb.execute("info signals " + name, to_string=True)
            stop, shown, passed = told.split(name, 1)[1].split()[:3]
            self.handled.append("handle %s %sstop %sprint %spass" % (
                name, "" if stop == "Yes" else "no",
                "" if shown == "Yes" else "no",
                "" if passed == "Yes" else "no"))
            gdb.execute("handle %s nostop noprint pass" % name,
                        to_string=True)

    def __exit__(self, *_):
        for each in self.handled:
            gdb.execute(each, to_string=True)
        for each in self.enabled:
            if each.is_valid():
                each.enabled = True


def call(function):
    """Calls a function of stop.c. Returns what went wrong, or None."""
    try:
        with Undisturbed():
            number = int(gdb.parse_and_eval(function + "(&the_runner)"))
    except gdb.error as error:
        if gdb.selected_inferior().pid == 0:
            return "ended the program"
        return "cannot be called: " + str(error).split("\n")[0]
    if number == signal.SIGVTALRM:
        return "did not return"
    return "crashed: " + signal.Signals(number).name if number else None


def look(replay, name):
    """Returns the pieces that walk() or lists() shows, and a remark."""
    if replay.base == 0:
        raise Trouble("this allocator has memory of its own, and does not "
                      "show it")
    if not replay.runner["heap"]:
        raise Trouble("the heap is not open yet")
    table = replay.runner["allocator"].dereference()
    if not table[name]:
        raise Trouble("this allocator has no %s()" % name)
    wrong = call("look_" + name)
    if gdb.selected_inferior().pid == 0:
        raise Trouble("%s() %s" % (name, wrong))
    log = replay.runner["log"].dereference()
    array = "walk" if name == "walk" else "list"
    count = int(log[array + "_count"])
    raw = memory(int(log[array].address), PIECE.size * count)
    pieces = [Piece(each) for each in PIECE.iter_unpack(raw)]
    if wrong is not None:
        wrong = "%s() %s; it had shown %d block%s" % (
            name, wrong, count, "" if count == 1 else "s")
    return pieces, wrong


class View:
    """The pieces in both orders, by the names that the kit has for them."""

    def __init__(self, replay):
        self.replay = replay
        self.walk, self.remarks = [], []
        self.list, self.again = [], None
        self.take_walk()
        self.take_list()
        self.starts = {block.start: block for block in replay.live.values()}

    def take_walk(self):
        pieces, wrong = look(self.replay, "walk")
        end = 0
        for piece in pieces:
            if piece.start < end or piece.size == 0:
                wrong = wrong or ("walk() goes on at %s, which is not above "
                                  "what it showed" %
                                  self.replay.offset(piece.start))
                break
            end = piece.end
            self.walk.append(piece)
        if wrong:
            self.remarks.append(wrong)

    def take_list(self):
        if not self.replay.runner["allocator"]["lists"]:
            return
        pieces, wrong = look(self.replay, "lists")
        by_start = {piece.start: piece for piece in self.walk}
        places = {}
        for piece in pieces:
            self.again = places.get(piece.start)
            if self.again is not None:
                break
            piece.place = places[piece.start] = len(self.list) + 1
            piece.shown = piece.start in by_start
            if piece.shown:
                by_start[piece.start].place = piece.place
            self.list.append(piece)
        if wrong:
            self.remarks.append(wrong)

    def owner(self, piece):
        return self.starts.get(piece.payload)

    def name(self, piece):
        owner = self.owner(piece)
        if owner is not None and (piece.live or not piece.place):
            return owner.name
        return "#%d" % piece.place if piece.place else "-"

    def note(self, piece):
        """What is behind the name: whose it is, and what is odd."""
        owner = self.owner(piece)
        notes = [] if owner is None else [owner.origin()]
        if owner is None and piece.live:
            notes.append("nobody owns it" + self.replay.pending_words(None))
        if owner is not None and not piece.live:
            notes = ["%s is live here%s: %s" % (
                owner.name, self.replay.pending_words(owner), notes[0])]
        if piece.live and piece.place:
            notes.append("on the list as #%d" % piece.place)
        if not piece.live and not piece.place and self.list:
            notes.append("not on the list")
        notes += ["%s begins inside" % block.name
                  for start, block in sorted(self.starts.items())
                  if piece.start <= start < piece.end
                  and start != piece.payload]
        return "; ".join(notes)

    def line(self, piece):
        return ("  %-9s size %-7d %s  %-5s %s" % (
            self.replay.offset(piece.start), piece.size,
            "live" if piece.live else "free", self.name(piece),
            self.note(piece))).rstrip()

    def at(self, address):
        """The piece with a byte at address, or None."""
        for piece in self.walk + self.list:
            if piece.start <= address < piece.end:
                return piece
        return None

    def print_remarks(self):
        for remark in self.remarks:
            print("  (%s)" % remark)


def print_unreached(view):
    end = view.walk[-1].end if view.walk else 0
    beyond = [block.name for block in view.replay.live.values()
              if not any(p.start <= block.start < p.end for p in view.walk)]
    if beyond and end:
        print("  (the walk ends at %s, without %s%s)" % (
            view.replay.offset(end), " ".join(beyond[:8]),
            " ..." if len(beyond) > 8 else ""))


def print_heap(view):
    print("heap order, %s" % view.replay.now())
    for piece in view.walk:
        print(view.line(piece))
    if not view.walk:
        print("  no blocks")
    print_unreached(view)
    view.print_remarks()


def print_list(view):
    print("list order, %s" % view.replay.now())
    for piece in view.list:
        note = "" if piece.shown else "no block that the walk shows"
        if piece.shown and view.owner(piece) is not None:
            note = "%s is live here" % view.owner(piece).name
        print(("  #%-4d %-9s size %-7d %s" % (
            piece.place, view.replay.offset(piece.start), piece.size,
            note)).rstrip())
    if not view.list:
        print("  no free blocks" if view.replay.runner["allocator"]["lists"]
              else "  this allocator has no lists")
    starts = [piece.start for piece in view.list]
    if view.again is not None:
        print("  (then #%d again: the list does not end)" % view.again)
    elif len(starts) > 1:
        print("  (%s heap order)" % ("the same as" if starts == sorted(starts)
                                     else "not in"))
    view.print_remarks()


# --- one block -------------------------------------------------------------

def pattern(op, size):
    """What payload.c fills size bytes with for an operation."""
    mask = (1 << 64) - 1
    word = op.number * 0x9e3779b97f4a7c15 & mask
    words = []
    for _ in range((size + 7) // 8):
        words.append(word)
        word = word + 0xbf58476d1ce4e5b9 & mask
    return struct.pack("<%dQ" % len(words), *words)[:size]


def payload_words(replay, block):
    if not replay.is_written(block):
        return "not written yet"
    if block.op.size == 0:
        return "empty"
    have = memory(block.start, block.op.size)
    want = pattern(block.op, block.op.size)
    wrong = [i for i in range(len(want)) if have[i] != want[i]]
    if not wrong:
        return "intact"
    if len(wrong) == 1:
        return "byte %d was overwritten" % wrong[0]
    return "bytes %d-%d were overwritten" % (wrong[0], wrong[-1])


def print_payload(replay, block):
    print("  asked     %s" % block.origin())
    print("  payload   %s to %s, %s" % (
        replay.offset(block.start), replay.offset(block.end),
        payload_words(replay, block)))
    for other in replay.live.values():
        if other is not block and other.start < block.end and \
                block.start < other.end:
            print("  overlaps  %s: %s to %s, %s" % (
                other.name, replay.offset(other.start),
                replay.offset(other.end), other.origin()))


def print_piece(view, piece):
    replay = view.replay
    print("  block     %s to %s, size %d, %s" % (
        replay.offset(piece.start), replay.offset(piece.end), piece.size,
        "live" if piece.live else "free"))
    if piece.start < piece.payload <= piece.end:
        print("  header    %s to %s" % (replay.offset(piece.start),
                                        replay.offset(piece.payload)))
    if piece.place:
        print("  list      #%d of %d" % (piece.place, len(view.list)))
    owner = view.owner(piece)
    if owner is not None:
        if not piece.live:
            print("  but       %s is live here%s" % (
                owner.name, replay.pending_words(owner)))
        print_payload(replay, owner)
        return
    if piece.live:
        print("  owner     nobody")
    last = replay.last_owner(piece.payload)
    if last is not None:
        print("  was       %s: %s; ended by op %d: %s" % (
            last.name, last.origin(), last.ended.number, last.ended.words()))


def print_one(view, piece, block):
    if piece is not None and (block is None or view.owner(piece) is block):
        print("%s, %s" % (view.name(piece), view.replay.now()))
        print_piece(view, piece)
    else:
        print("%s, %s" % (block.name, view.replay.now()))
        print("  block     the walk shows none that begins there")
        if piece is not None:
            print("  inside    %s: %s to %s, %s" % (
                view.name(piece), view.replay.offset(piece.start),
                view.replay.offset(piece.end),
                "live" if piece.live else "free"))
        print_payload(view.replay, block)
    view.print_remarks()


def block_named(view, text):
    """Returns the piece and the live block that text means."""
    replay = view.replay
    if text[0] == "p" and text[1:].isdigit() and len(text) < 12:
        block = replay.live.get(int(text[1:]))
        if block is None:
            raise Trouble("%s is not live" % text)
        return view.at(block.start), block
    if text[0] == "#" and text[1:].isdigit():
        place = int(text[1:])
        if not 1 <= place <= len(view.list):
            raise Trouble("the list has no %s: it has %d block%s" % (
                text, len(view.list), "" if len(view.list) == 1 else "s"))
        return view.list[place - 1], None
    address = int(gdb.parse_and_eval(text)) & ((1 << 64) - 1)
    if address < replay.limit:
        address += replay.base
    piece = view.at(address)
    inside = [b for b in replay.live.values() if b.start <= address < b.end]
    if piece is None and not inside:
        raise Trouble("%s is in no block" % replay.offset(address))
    return piece, inside[0] if piece is None else None


# --- the commands ----------------------------------------------------------

class Command(gdb.Command):
    """A command of the kit. Its doc string is its help."""

    def __init__(self, name):
        super().__init__(name, gdb.COMMAND_DATA)

    def invoke(self, argument, _):
        try:
            self.obey(argument.strip())
        except (Trouble, gdb.error) as trouble:
            print(trouble)


class Heap(Command):
    """heap: the blocks in the order of their addresses.

A line a block: its offset in the heap, its size with the header, whether the
heap says that it is live; p9 is the block of the trace's p9, #1 the first of
the free list; and the call that allocated it."""

    def obey(self, _):
        print_heap(View(Replay()))


class Freelist(Command):
    """freelist: the free blocks in the order of the list."""

    def obey(self, _):
        print_list(View(Replay()))


class BlockCommand(Command):
    """block p9: all about a block.

It is p9, the block of the trace's p9; #1, the first of the free list; an
offset in the heap, 0x1160; or an address, any expression: block before->next.
"""

    def obey(self, argument):
        if not argument:
            raise Trouble("which block? block p9, block #1, block 0x1160, "
                          "block before->next")
        view = View(Replay())
        print_one(view, *block_named(view, argument))


class OpCommand(Command):
    """op 17: begins again, and stops right before operation 17.

op alone tells where the replay is."""

    def obey(self, argument):
        if not argument:
            print(Replay().now())
            return
        if not argument.isdigit() or not 1 <= int(argument) <= last:
            raise Trouble("op wants a number from 1 to %d" % last)
        restart(int(argument))


last = 0  # the operation that a replay ends with
wanted = None  # the operation to stop before from the next start on


def show_run(text):
    """Prints what gdb says of a start, but for what is always the same."""
    for line in text.splitlines():
        if line and not line.startswith(("[Thread debugging using",
                                         "Using host libthread_db")):
            print(line)


starting = False  # is the program being started again?


def restart(number):
    """Runs the program again; it stops before operation number, or if that is
    None where the job says."""
    global wanted, starting
    wanted = number
    starting = True
    confirm = gdb.parameter("confirm")
    gdb.execute("set confirm off")
    try:
        show_run(gdb.execute("run", to_string=True))
    except gdb.error as error:
        print(error)
    finally:
        starting = False
        gdb.execute("set confirm %s" % ("on" if confirm else "off"))


class Begin(gdb.Breakpoint):
    """Before the replay begins: tells the job where to stop."""

    def stop(self):
        global last
        job = gdb.parse_and_eval("the_runner")["job"]
        last = min(int(job["op_count"]), int(job["stop_at"]))
        if wanted is not None:
            gdb.execute("set var the_runner.job->debug_at = %d" % wanted)
        return False


def tell_end(event):
    if not starting and hasattr(event, "exit_code"):
        print("the replay is over; " + AGAIN)


def tell_stop(event):
    """Shows where a stop of the kit's is, without the number it has."""
    if not isinstance(event, gdb.BreakpointEvent):
        return
    if any(each in stops for each in event.breakpoints):
        gdb.execute("frame")
    elif the_end in event.breakpoints:
        print("the replay ends here, %s; %s" % (Replay().now(), AGAIN))


class OwnFrames:
    """Leaves the kit's frames out of backtraces; bt -no-filters has all."""

    def __init__(self):
        self.name = "heaplab"
        self.priority = 100
        self.enabled = True
        gdb.current_progspace().frame_filters[self.name] = self

    def filter(self, frames):
        last = ["call_for", "direct_check", "direct_show", "open_heap", "run"]
        last += ["stop_" + function for function in STOPS]
        for frame in frames:
            yield frame
            if frame.function() in last:
                return


stops = [gdb.Breakpoint("stop_" + function, internal=True)
         for function in STOPS]
the_end = gdb.Breakpoint("stop_at_the_end", internal=True)
for each in stops + [the_end]:
    each.silent = True
gdb.events.stop.connect(tell_stop)
Begin("open_heap", internal=True)
Heap("heap")
Freelist("freelist")
BlockCommand("block")
OpCommand("op")
OwnFrames()
gdb.events.exited.connect(tell_end)
gdb.set_convenience_variable("heaplab_commands", 1)
