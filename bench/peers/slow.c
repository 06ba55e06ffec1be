// Clients that take very little at a time of what they have asked for.
//
//     slow ADDRESS PORT CONNECTIONS BYTES FILE
//
// Each connects, asks for item 0, and takes BYTES each second, which are compared with FILE: each has its own moment in
// the second. Prints how many are connected when all have asked; then what has come in all, for every line that it reads.
#include "peer.h"
#include <poll.h>
#include <sys/resource.h>

enum { STEPS = 100 }; // of a second

static struct connection {
    int socket;
    size_t got;
} *connections;
static int count;
static size_t most;
static struct mapped expected;
static char *piece;

static void take(struct connection *c)
{
    ssize_t n = recv(c->socket, piece, most, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        err(1, "after %zu bytes: %zd", c->got, n);
    if (n < 0)
        return;
    if (c->got + n > expected.size || memcmp(piece, expected.bytes + c->got, n))
        errx(1, "what came differs from the file, after byte %zu", c->got);
    c->got += n;
}

static void connect_all(const char *address, int port)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        err(1, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    connections = calloc(count, sizeof *connections);
    piece = malloc(most);
    if (!connections || !piece)
        err(1, "malloc");
    for (struct connection *c = connections; c < connections + count; c++) {
        c->socket = connect_to(address, port);
        if (send(c->socket, "0", 1, MSG_NOSIGNAL) != 1)
            err(1, "send");
    }
}

static size_t all(void)
{
    size_t bytes = 0;
    for (struct connection *c = connections; c < connections + count; c++)
        bytes += c->got;
    return bytes;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        errx(2, "usage: slow ADDRESS PORT CONNECTIONS BYTES FILE");
    count = atoi(argv[3]);
    most = strtoull(argv[4], NULL, 10);
    expected = map(argv[5]);
    connect_all(argv[1], atoi(argv[2]));
    printf("{\"connected\":%d}\n", count);
    fflush(stdout);
    struct pollfd input = {.fd = 0, .events = POLLIN};
    for (int step = 0;; step = (step + 1) % STEPS) {
        for (int i = step; i < count; i += STEPS)
            take(&connections[i]);
        if (poll(&input, 1, 1000 / STEPS) == 0)
            continue;
        if (getchar() == EOF)
            return 0;
        printf("{\"bytes\":%zu}\n", all());
        fflush(stdout);
    }
}
