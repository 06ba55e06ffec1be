// Both ends of a relay's pairs: bytes both ways at once, through whoever connects the two.
//
//     pairs ADDRESS PAIRS BYTES discard|compare
//
// Prints the port that the relay is to connect to, then reads the relay's own. {"ready":true} when all pairs
// have exchanged some, unmeasured; then it waits for a line. Each end sends BYTES and takes as many. Prints its CPU time, and
// the time on the clock until the last end has all, in nanoseconds.
#include "peer.h"
#include <limits.h>
#include <sys/prctl.h>

enum { ENDS = 64, PIECE = 256 << 10, PERIOD = 4 << 20 };
// It looks instead of being woken: see sink.c.
static const struct timespec NAP = {.tv_nsec = 200000};

// What is sent repeats itself: each end begins at another place, so that a byte of another's is seen.
static struct end {
    int socket;
    off_t begins, expects;
    size_t sent, got;
} ends[ENDS];
static int count;
static size_t bytes;
static const char *pattern;
static int file; // of the same: sendfile copies nothing, so that the relay is what takes the time

static void make_pattern(void)
{
    static unsigned int words[PERIOD / sizeof(unsigned int)];
    unsigned int x = 1;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        words[i] = x = x * 1664525 + 1013904223;
    file = memfd_create("pattern", MFD_CLOEXEC);
    if (file < 0 || write(file, words, sizeof words) != sizeof words)
        err(1, "memfd");
    pattern = (const char *)words;
}

static void give(struct end *e)
{
    while (e->sent < bytes) {
        off_t at = (e->begins + e->sent) % PERIOD;
        size_t length = PERIOD - at < PIECE ? PERIOD - at : PIECE;
        if (length > bytes - e->sent)
            length = bytes - e->sent;
        ssize_t n = sendfile(e->socket, file, &at, length);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            err(1, "sendfile");
        e->sent += n;
    }
}

static void take(struct end *e, int compare)
{
    static char piece[PIECE];
    while (e->got < bytes) {
        off_t at = (e->expects + e->got) % PERIOD;
        size_t length = PERIOD - at < PIECE ? PERIOD - at : PIECE;
        ssize_t n = compare ? recv(e->socket, piece, length, 0) : recv(e->socket, NULL, INT_MAX, MSG_TRUNC);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            err(1, "after %zu of %zu bytes: %zd", e->got, bytes, n);
        if (compare && memcmp(piece, pattern + at, n))
            errx(1, "what came differs from what was sent, after byte %zu", e->got);
        e->got += n;
    }
}

static void connect_all(const char *address)
{
    int listener = listen_at(address), port;
    if (scanf("%d", &port) != 1)
        errx(1, "no port");
    for (int i = 0; i < count; i += 2) {
        ends[i].socket = connect_to(address, port);
        ends[i + 1].socket = accept(listener, NULL, NULL);
        ends[i].begins = ends[i + 1].expects = i * 40961;
        ends[i + 1].begins = ends[i].expects = i * 40961 + 20480;
    }
    for (int i = 0; i < count; i++)
        if (fcntl(ends[i].socket, F_SETFL, O_NONBLOCK) < 0)
            err(1, "fcntl");
}

static void exchange(int compare)
{
    for (struct end *e = ends; e < ends + count; e++)
        e->sent = e->got = 0;
    for (int busy = 1; busy; nanosleep(&NAP, NULL)) {
        busy = 0;
        for (struct end *e = ends; e < ends + count; e++) {
            give(e);
            take(e, compare);
            busy |= e->got < bytes;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 5)
        errx(2, "usage: pairs ADDRESS PAIRS BYTES discard|compare");
    count = 2 * atoi(argv[2]);
    bytes = strtoull(argv[3], NULL, 10);
    int compare = !strcmp(argv[4], "compare");
    if (count > ENDS)
        errx(2, "at most %d pairs", ENDS / 2);
    prctl(PR_SET_TIMERSLACK, 1);
    make_pattern();
    connect_all(argv[1]);
    size_t asked = bytes;
    bytes /= 4;
    exchange(compare);
    bytes = asked;
    puts("{\"ready\":true}");
    fflush(stdout);
    if (scanf(" go") == EOF)
        return 0;
    long long began = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    exchange(compare);
    printf("{\"cpu\":%lld,\"elapsed\":%lld}\n", now(CLOCK_PROCESS_CPUTIME_ID) - cpu, now(CLOCK_MONOTONIC) - began);
    return 0;
}
