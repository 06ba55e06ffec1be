// Clients that ask for the same thing again and again, and discard what comes, at as little cost as there can be.
//
//     clients ADDRESS PORT ITEMS SIZE REQUESTS RATE [FILE]
//
// ITEMS: a character for each connection, its whole request. SIZE: what an answer has. REQUESTS: on each connection; 0: until
// it is told a second line. RATE: bytes a second that each connection takes; 0: all that comes. With a FILE the answers are
// compared with it.
//
// Who takes all that comes asks once, unmeasured. Then {"ready":true}, and it waits for a line. At the end: its own CPU time,
// the time on the clock, and how long each answer took, in nanoseconds; and how many bytes came.
#include "peer.h"
#include <limits.h>
#include <poll.h>
#include <sys/prctl.h>

enum { CONNECTIONS = 64, ANSWERS = 1 << 18 };
// They look, as the sink does, instead of being woken: see sink.c. Who takes his time looks less often.
static const struct timespec NAP = {.tv_nsec = 200000}, LONG_NAP = {.tv_nsec = 1000000};

static struct connection {
    int socket;
    char item;
    size_t got;
    long long asked, paced_from;
    int requests;
} connections[CONNECTIONS];
static int count;
static size_t size, rate, bytes;
static long long latencies[ANSWERS];
static int answers;
static struct mapped expected;

static void ask(struct connection *c)
{
    c->got = 0;
    c->asked = c->paced_from = now(CLOCK_MONOTONIC);
    c->requests++;
    if (send(c->socket, &c->item, 1, MSG_NOSIGNAL) != 1)
        err(1, "send");
}

static ssize_t take(struct connection *c, size_t most)
{
    static char piece[256 << 10];
    if (!expected.bytes)
        return recv(c->socket, NULL, most < INT_MAX ? most : INT_MAX, MSG_TRUNC | MSG_DONTWAIT);
    ssize_t n = recv(c->socket, piece, most < sizeof piece ? most : sizeof piece, MSG_DONTWAIT);
    if (n > 0 && (c->got + n > expected.size || memcmp(piece, expected.bytes + c->got, n)))
        errx(1, "what came differs from the file, after byte %zu", c->got);
    return n;
}

// True when the answer is complete.
static int look(struct connection *c)
{
    size_t most = size - c->got;
    if (rate) {
        double due = (now(CLOCK_MONOTONIC) - c->paced_from) / 1e9 * rate;
        most = due < c->got + 1 ? 0 : due - c->got < most ? due - c->got : most;
    }
    if (most == 0)
        return 0;
    ssize_t n = take(c, most);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        err(1, "after %zu of %zu bytes: %zd", c->got, size, n);
    if (n > 0) {
        c->got += n;
        bytes += n;
    }
    return c->got == size;
}

static int told(void)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    return poll(&input, 1, 0) != 0;
}

static void run(int requests)
{
    int busy = count;
    for (struct connection *c = connections; c < connections + count; c++) {
        c->requests = 0;
        ask(c);
    }
    while (busy && (requests || !told())) {
        for (struct connection *c = connections; c < connections + count; c++) {
            if (c->got == size || !look(c))
                continue;
            if (answers < ANSWERS)
                latencies[answers++] = now(CLOCK_MONOTONIC) - c->asked;
            if (requests && c->requests == requests)
                busy--;
            else
                ask(c);
        }
        nanosleep(rate ? &LONG_NAP : &NAP, NULL);
    }
}

int main(int argc, char **argv)
{
    if (argc != 7 && argc != 8)
        errx(2, "usage: clients ADDRESS PORT ITEMS SIZE REQUESTS RATE [FILE]");
    count = strlen(argv[3]);
    size = strtoull(argv[4], NULL, 10);
    int requests = atoi(argv[5]);
    rate = strtoull(argv[6], NULL, 10);
    if (count > CONNECTIONS || size == 0)
        errx(2, "at most %d connections, at least a byte", CONNECTIONS);
    if (argc == 8)
        expected = map(argv[7]);
    prctl(PR_SET_TIMERSLACK, 1);
    for (int i = 0; i < count; i++)
        connections[i] = (struct connection){.socket = connect_to(argv[1], atoi(argv[2])), .item = argv[3][i]};
    if (!rate)
        run(1);
    answers = bytes = 0;
    puts("{\"ready\":true}");
    fflush(stdout);
    if (getchar() == EOF)
        return 0;
    long long began = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    run(requests);
    printf("{\"cpu\":%lld,\"elapsed\":%lld,\"bytes\":%zu,\"latencies\":[", now(CLOCK_PROCESS_CPUTIME_ID) - cpu,
           now(CLOCK_MONOTONIC) - began, bytes);
    for (int i = 0; i < answers; i++)
        printf("%s%lld", i ? "," : "", latencies[i]);
    puts("]}");
    return 0;
}
