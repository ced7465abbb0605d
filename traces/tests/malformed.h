/*
 * malformed.h - traces that must be refused, each with the whole message.
 * "t" is the name under which they are read.
 */
#ifndef TRACES_TESTS_MALFORMED_H
#define TRACES_TESTS_MALFORMED_H

#include <stddef.h>

struct malformed {
    const char *text;
    size_t length; /* bytes of text, which may hold NULs */
    const char *message;
};

/* A text and its length. */
#define TEXT(text) (text), sizeof(text) - 1

/* A header in pieces; the body that follows it begins on line 9. */
#define VERSION "heaplab trace 1\n"
#define TITLE   "title: x\n"
#define MAKE    "make: by hand\n"
#define COUNTS  "operations: 2\nidentifiers: 1\nlive peak: 24\nthreads: 1\n\n"
#define HEADER  VERSION TITLE MAKE COUNTS

/* Headers up to a count that is to be wrong. */
#define TO_OPERATIONS  VERSION TITLE MAKE "operations: "
#define TO_IDENTIFIERS TO_OPERATIONS "2\nidentifiers: "
#define TO_PEAK        TO_IDENTIFIERS "1\nlive peak: "
#define TO_THREADS     TO_PEAK "24\nthreads: "
#define BODY           "a 0 24\nf 0\n"

/* As many about lines as there may be. */
#define ABOUT5  "about: y\nabout: y\nabout: y\nabout: y\nabout: y\n"
#define ABOUT20 ABOUT5 ABOUT5 ABOUT5 ABOUT5

#define OPERATION                                                            \
    "expected an operation (a, z, m, r, f, t, @) or a comment (#), found "
#define SPACES ", one space between fields, found "

static const struct malformed malformed[] = {
    /* The version. */
    {TEXT(""), "t:1: expected 'heaplab trace 1', the version line, found the "
               "end of the file"},
    {TEXT("\n"),
     "t:1: expected 'heaplab trace 1', the version line, found an "
     "empty line"},
    {TEXT("heaplab trace 2\n"),
     "t:1: expected 'heaplab trace 1', the version line, found "
     "'heaplab trace 2'"},
    {TEXT("heaplab trace 1 \n"),
     "t:1: expected 'heaplab trace 1', the version line, found "
     "'heaplab trace 1 '"},
    {TEXT(" heaplab trace 1\n"),
     "t:1: expected 'heaplab trace 1', the version line, found ' "
     "heaplab trace 1'"},
    {TEXT("heaplab trace 1"),
     "t:1: expected a newline at the end of the last line, found "
     "the end of the file after 'heaplab trace 1'"},
    {TEXT("heaplab trace 1\r\n"),
     "t:1: expected a newline alone, but the line ends in a "
     "carriage return: 'heaplab trace 1\\r'; sed -i 's/\\r$//' FILE "
     "mends that"},
    {TEXT("\xef\xbb\xbf" HEADER BODY),
     "t:1: expected 'heaplab trace 1', the version line, found "
     "'\\xef\\xbb\\xbfheaplab trace 1'"},
    {TEXT("\x7f"
          "ELF\x02\x01\0\0\n"),
     "t:1: expected 'heaplab trace 1', the version line, found "
     "'\\x7fELF\\x02\\x01\\x00\\x00'"},
    {TEXT("\0\0\0\0"),
     "t:1: expected a newline at the end of the last line, found "
     "the end of the file after '\\x00\\x00\\x00\\x00'"},
    {TEXT("a 0 24\n"),
     "t:1: expected 'heaplab trace 1', the version line, found 'a 0 "
     "24'"},
    /* The header's lines and their order. */
    {TEXT(VERSION), "t:2: expected 'title: TEXT', found the end of the file"},
    {TEXT(VERSION "\n"), "t:2: expected 'title: TEXT', found an empty line"},
    {TEXT(VERSION MAKE COUNTS BODY),
     "t:2: expected 'title: TEXT', found 'make: by hand'"},
    {TEXT(VERSION TITLE COUNTS BODY),
     "t:3: expected 'about: TEXT' or 'make: TEXT', found "
     "'operations: 2'"},
    {TEXT(VERSION TITLE TITLE MAKE COUNTS BODY),
     "t:3: expected 'about: TEXT' or 'make: TEXT', found 'title: x'"},
    {TEXT(VERSION TITLE MAKE "about: y\n" COUNTS BODY),
     "t:4: expected 'make: TEXT' or 'operations: NUMBER', found "
     "'about: y'"},
    {TEXT(VERSION TITLE "colour: red\n" MAKE COUNTS BODY),
     "t:3: expected 'about: TEXT' or 'make: TEXT', found 'colour: "
     "red'"},
    {TEXT(VERSION TITLE ABOUT20 "about: one more\n"),
     "t:23: expected at most 20 lines 'about: TEXT', found 'about: "
     "one more'"},
    {TEXT(VERSION "title:x\n"),
     "t:2: expected 'title: TEXT', found 'title:x'"},
    {TEXT(VERSION "Title: x\n"),
     "t:2: expected 'title: TEXT', found 'Title: x'"},
    {TEXT(VERSION "title: \n"),
     "t:2: expected text after 'title: ', found nothing: 'title: '"},
    {TEXT(VERSION "title:  x\n"),
     "t:2: expected text after 'title: ', found a space at one end: "
     "'title:  x'"},
    {TEXT(VERSION "title: x \n"),
     "t:2: expected text after 'title: ', found a space at one end: "
     "'title: x '"},
    {TEXT(VERSION "title: a\tb\n"),
     "t:2: expected text after 'title: ', found a control "
     "character: 'title: a\\tb'"},
    {TEXT(VERSION "title: \0\n"),
     "t:2: expected text after 'title: ', found a control "
     "character: 'title: \\x00'"},
    {TEXT(VERSION "title: \xff\n"),
     "t:2: expected text after 'title: ', found bytes that are not "
     "UTF-8: 'title: \\xff'"},
    {TEXT(VERSION "title: \xc2\x9b\n"),
     "t:2: expected text after 'title: ', found a control "
     "character: 'title: \\xc2\\x9b'"},
    {TEXT(VERSION "title: \xed\xa0\x80\n"),
     "t:2: expected text after 'title: ', found bytes that are not "
     "UTF-8: 'title: \\xed\\xa0\\x80'"},
    {TEXT(VERSION TITLE MAKE "identifiers: 1\n"),
     "t:4: expected 'make: TEXT' or 'operations: NUMBER', found "
     "'identifiers: 1'"},
    {TEXT(TO_OPERATIONS "2\noperations: 2\n"),
     "t:5: expected 'identifiers: NUMBER', found 'operations: 2'"},
    {TEXT(TO_OPERATIONS "2\nlive peak: 24\n"),
     "t:5: expected 'identifiers: NUMBER', found 'live peak: 24'"},
    {TEXT(TO_PEAK "24\n\n"),
     "t:7: expected 'threads: NUMBER', found an empty line"},
    {TEXT(TO_THREADS "1\na 0 24\n"),
     "t:8: expected an empty line after the header, found 'a 0 24'"},
    {TEXT(TO_THREADS "1\n# hello\n"),
     "t:8: expected an empty line after the header, found '# hello'"},
    {TEXT(TO_THREADS "1\n"),
     "t:8: expected an empty line after the header, found the end "
     "of the file"},
    /* The header's numbers. */
    {TEXT(TO_OPERATIONS "02\n"),
     "t:4: operations: expected a number from 1 to 100000000, found "
     "'02' (numbers have no leading zero)"},
    {TEXT(TO_OPERATIONS "+2\n"),
     "t:4: operations: expected a number from 1 to 100000000, found "
     "'+2' (numbers have no sign)"},
    {TEXT(TO_OPERATIONS "2 \n"),
     "t:4: operations: expected a number from 1 to 100000000, found "
     "'2 ' (not a decimal number)"},
    {TEXT(TO_OPERATIONS "\n"),
     "t:4: operations: expected a number from 1 to 100000000, found "
     "'' (not a decimal number)"},
    {TEXT(TO_OPERATIONS "0\n"),
     "t:4: operations: expected a number from 1 to 100000000, found "
     "'0'"},
    {TEXT(TO_OPERATIONS "100000001\n"),
     "t:4: operations: expected a number from 1 to 100000000, found "
     "'100000001'"},
    {TEXT(TO_IDENTIFIERS "20000001\n"),
     "t:5: identifiers: expected a number from 1 to 20000000, found "
     "'20000001'"},
    {TEXT(TO_IDENTIFIERS "-1\n"),
     "t:5: identifiers: expected a number from 1 to 20000000, found "
     "'-1' (numbers have no sign)"},
    {TEXT(TO_PEAK "18446744073709551616\n"),
     "t:6: live peak: expected a number from 0 to "
     "18446744073709551615, found '18446744073709551616'"},
    {TEXT(TO_PEAK "99999999999999999999999\n"),
     "t:6: live peak: expected a number from 0 to "
     "18446744073709551615, found '99999999999999999999999'"},
    {TEXT(TO_PEAK "0x18\n"),
     "t:6: live peak: expected a number from 0 to "
     "18446744073709551615, found '0x18' (not a decimal number)"},
    {TEXT(TO_THREADS "65\n"),
     "t:7: threads: expected a number from 1 to 64, found '65'"},
    /* A header that does not fit the body. */
    {TEXT(TO_OPERATIONS
          "3\nidentifiers: 1\nlive peak: 24\nthreads: 1\n\n" BODY),
     "t:4: operations: expected 2, as many as the body has, found 3"},
    {TEXT(TO_OPERATIONS
          "1\nidentifiers: 1\nlive peak: 24\nthreads: 1\n\n" BODY),
     "t:4: operations: expected 2, as many as the body has, found 1"},
    {TEXT(TO_OPERATIONS "100000000\nidentifiers: 20000000\nlive peak: "
                        "24\nthreads: 1\n\n" BODY),
     "t:4: operations: expected 2, as many as the body has, found "
     "100000000"},
    {TEXT(TO_IDENTIFIERS "2\nlive peak: 24\nthreads: 1\n\n" BODY),
     "t:5: identifiers: expected 1 (the largest, 0, stands in line "
     "9), found 2"},
    {TEXT(HEADER "a 0 24\na 7 0\n"),
     "t:5: identifiers: expected 8 (the largest, 7, stands in line "
     "10), found 1"},
    {TEXT(TO_PEAK "23\nthreads: 1\n\n" BODY),
     "t:6: live peak: expected 24 (reached by line 9), found 23"},
    {TEXT(TO_PEAK "25\nthreads: 1\n\n" BODY),
     "t:6: live peak: expected 24 (reached by line 9), found 25"},
    {TEXT(TO_THREADS "2\n\n" BODY),
     "t:7: threads: expected 1 (thread 0 acts in line 9), found 2"},
    /* Lines. */
    {TEXT(HEADER), "t:9: expected an operation, found the end of the file"},
    {TEXT(HEADER "# only a comment\n"),
     "t:10: expected an operation, found the end of the file"},
    {TEXT(HEADER "a 0 24\nf 0"),
     "t:10: expected a newline at the end of the last line, found "
     "the end of the file after 'f 0'"},
    {TEXT(HEADER "a 0 24\nf 0\n "),
     "t:11: expected a newline at the end of the last line, found "
     "the end of the file after ' '"},
    {TEXT(HEADER "a 0 24\r\nf 0\r\n"),
     "t:9: expected a newline alone, but the line ends in a "
     "carriage return: 'a 0 24\\r'; sed -i 's/\\r$//' FILE mends "
     "that"},
    {TEXT(HEADER "\n" BODY), "t:9: " OPERATION "an empty line"},
    {TEXT(HEADER BODY "\n"), "t:11: " OPERATION "an empty line"},
    {TEXT(HEADER "# a\tb\n" BODY),
     "t:9: expected text after '#', found a control character: '# "
     "a\\tb'"},
    {TEXT(HEADER "# \xc3(\n" BODY),
     "t:9: expected text after '#', found bytes that are not UTF-8: "
     "'# \\xc3('"},
    {TEXT(HEADER " # indented\n" BODY), "t:9: " OPERATION "' # indented'"},
    /* The form of an operation. */
    {TEXT(HEADER "x 0 24\n"), "t:9: " OPERATION "'x 0 24'"},
    {TEXT(HEADER "alloc 0 24\n"),
     "t:9: expected 'a ID SIZE'" SPACES "'alloc 0 24'"},
    {TEXT(HEADER "A 0 24\n"), "t:9: " OPERATION "'A 0 24'"},
    {TEXT(HEADER " a 0 24\n"), "t:9: " OPERATION "' a 0 24'"},
    {TEXT(HEADER "\0 0 24\n"), "t:9: " OPERATION "'\\x00 0 24'"},
    {TEXT(HEADER "a\n"), "t:9: expected 'a ID SIZE'" SPACES "'a'"},
    {TEXT(HEADER "a 0\n"), "t:9: expected 'a ID SIZE'" SPACES "'a 0'"},
    {TEXT(HEADER "a 0 \n"), "t:9: expected 'a ID SIZE'" SPACES "'a 0 '"},
    {TEXT(HEADER "a  0 24\n"),
     "t:9: expected 'a ID SIZE'" SPACES "'a  0 24'"},
    {TEXT(HEADER "a 0  24\n"),
     "t:9: expected 'a ID SIZE'" SPACES "'a 0  24'"},
    {TEXT(HEADER "a 0 24 \n"),
     "t:9: expected 'a ID SIZE'" SPACES "'a 0 24 '"},
    {TEXT(HEADER "a 0 24 7\n"),
     "t:9: expected 'a ID SIZE'" SPACES "'a 0 24 7'"},
    {TEXT(HEADER "a\t0\t24\n"),
     "t:9: expected 'a ID SIZE'" SPACES "'a\\t0\\t24'"},
    {TEXT(HEADER "a 0\t24\n"),
     "t:9: expected an identifier from 0 to 19999999, found "
     "'0\\t24' (not a decimal number)"},
    {TEXT(HEADER "a 0 24 # comment\n"),
     "t:9: expected 'a ID SIZE'" SPACES "'a 0 24 # comment'"},
    {TEXT(HEADER "z 0\n"), "t:9: expected 'z ID SIZE'" SPACES "'z 0'"},
    {TEXT(HEADER "m 0 16\n"),
     "t:9: expected 'm ID ALIGNMENT SIZE'" SPACES "'m 0 16'"},
    {TEXT(HEADER "a 0 24\nr 0\n"),
     "t:10: expected 'r ID SIZE'" SPACES "'r 0'"},
    {TEXT(HEADER "a 0 24\nf 0 24\n"),
     "t:10: expected 'f ID'" SPACES "'f 0 24'"},
    {TEXT(HEADER "f\n"), "t:9: expected 'f ID'" SPACES "'f'"},
    {TEXT(HEADER "t 0\n"), "t:9: expected 't'" SPACES "'t 0'"},
    {TEXT(HEADER "@\n"), "t:9: expected '@ THREAD'" SPACES "'@'"},
    /* The numbers of an operation. */
    {TEXT(HEADER "a 00 24\n"),
     "t:9: expected an identifier from 0 to 19999999, found '00' "
     "(numbers have no leading zero)"},
    {TEXT(HEADER "a 0 024\n"),
     "t:9: expected a size from 0 to 1099511627776, found '024' "
     "(numbers have no leading zero)"},
    {TEXT(HEADER "a 0 -24\n"),
     "t:9: expected a size from 0 to 1099511627776, found '-24' "
     "(numbers have no sign)"},
    {TEXT(HEADER "a 0 +24\n"),
     "t:9: expected a size from 0 to 1099511627776, found '+24' "
     "(numbers have no sign)"},
    {TEXT(HEADER "a 0 0x18\n"),
     "t:9: expected a size from 0 to 1099511627776, found '0x18' "
     "(not a decimal number)"},
    {TEXT(HEADER "a 0 24k\n"),
     "t:9: expected a size from 0 to 1099511627776, found '24k' "
     "(not a decimal number)"},
    {TEXT(HEADER "a p0 24\n"),
     "t:9: expected an identifier from 0 to 19999999, found 'p0' "
     "(not a decimal number)"},
    {TEXT(HEADER "a 0 2\0004\n"),
     "t:9: expected a size from 0 to 1099511627776, found '2\\x004' "
     "(not a decimal number)"},
    {TEXT(HEADER "a 20000000 24\n"),
     "t:9: expected an identifier from 0 to 19999999, found "
     "'20000000'"},
    {TEXT(HEADER "a 0 1099511627777\n"),
     "t:9: expected a size from 0 to 1099511627776, found "
     "'1099511627777'"},
    {TEXT(HEADER "a 0 18446744073709551640\n"),
     "t:9: expected a size from 0 to 1099511627776, found "
     "'18446744073709551640'"},
    {TEXT(HEADER "a 4294967296 24\n"),
     "t:9: expected an identifier from 0 to 19999999, found "
     "'4294967296'"},
    {TEXT(HEADER "m 0 24 100\n"),
     "t:9: expected an alignment, a power of two from 1 to 1048576, "
     "found '24'"},
    {TEXT(HEADER "m 0 0 100\n"),
     "t:9: expected an alignment, a power of two from 1 to 1048576, "
     "found '0'"},
    {TEXT(HEADER "m 0 2097152 100\n"),
     "t:9: expected an alignment, a power of two from 1 to 1048576, "
     "found '2097152'"},
    {TEXT(HEADER "@ 1\n" BODY),
     "t:9: expected a thread from 0 to 0, found '1'"},
    {TEXT(HEADER "@ 65536\n" BODY),
     "t:9: expected a thread from 0 to 0, found '65536'"},
    {TEXT(HEADER "@ 00\n" BODY),
     "t:9: expected a thread from 0 to 0, found '00' (numbers have "
     "no leading zero)"},
    /* Identifiers that are live, or not. */
    {TEXT(HEADER "f 0\n"),
     "t:9: expected a live identifier, found 0, which was never "
     "allocated"},
    {TEXT(HEADER "r 0 24\n"),
     "t:9: expected a live identifier, found 0, which was never "
     "allocated"},
    {TEXT(HEADER "a 0 24\nf 0\n# again\nf 0\n"),
     "t:12: expected a live identifier, found 0, which was freed "
     "(see line 10)"},
    {TEXT(HEADER "a 0 24\nf 0\nr 0 8\n"),
     "t:11: expected a live identifier, found 0, which was freed "
     "(see line 10)"},
    {TEXT(HEADER "a 0 24\na 0 8\n"),
     "t:10: expected an unused identifier, found 0, which is live "
     "(see line 9)"},
    {TEXT(HEADER "a 0 24\nr 0 8\nz 0 8\n"),
     "t:11: expected an unused identifier, found 0, which is live "
     "(see line 10)"},
    {TEXT(HEADER "m 0 16 24\nm 0 16 24\n"),
     "t:10: expected an unused identifier, found 0, which is live "
     "(see line 9)"},
    {TEXT(HEADER "a 0 24\nf 1\n"),
     "t:10: expected a live identifier, found 1, which was never "
     "allocated"},
};

#endif
