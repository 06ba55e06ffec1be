// Takes what is sent, at as little cost as there can be, or compares it with a file.
//
//     sink ADDRESS CONNECTIONS [FILE]
//
// Prints the port that it listens on, then for each connection, which it takes one after the other, its own CPU time and
// the time on the clock from accepting to the end of the stream, in nanoseconds. Without a FILE the bytes are discarded
// inside the kernel: MSG_TRUNC on TCP, see tcp(7), so that the receiver's copy does not hide the sender's.
#include "peer.h"
#include <limits.h>
#include <sys/prctl.h>

static const int ROOM = 4 << 20;
static const struct timespec NAP = {.tv_nsec = 200000};

// It looks five thousand times a second, and has room for what comes meanwhile. A receiver that waits is woken for every
// segment, and the sender is who does it and whose time it takes: the faster the sender, the more often.
static size_t discard(int socket)
{
    prctl(PR_SET_TIMERSLACK, 1);
    size_t bytes = 0;
    for (ssize_t n; (n = recv(socket, NULL, INT_MAX, MSG_TRUNC | MSG_DONTWAIT)) != 0; nanosleep(&NAP, NULL)) {
        if (n < 0 && errno != EAGAIN)
            err(1, "recv");
        if (n > 0)
            bytes += n;
    }
    return bytes;
}

static size_t compare(int socket, struct mapped expected)
{
    static char piece[256 << 10];
    size_t bytes = 0;
    for (ssize_t n; (n = recv(socket, piece, sizeof piece, 0)) != 0; bytes += n) {
        if (n < 0)
            err(1, "recv");
        if (bytes + n > expected.size || memcmp(piece, expected.bytes + bytes, n))
            errx(1, "what came differs from the file, after byte %zu", bytes);
    }
    return bytes;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4)
        errx(2, "usage: sink ADDRESS CONNECTIONS [FILE]");
    struct mapped expected = argc == 4 ? map(argv[3]) : (struct mapped){0};
    int listener = listen_at(argv[1]);
    // on the listener: a connection that gets it later advertises a small window for as long as it lives
    if (!expected.bytes && setsockopt(listener, SOL_SOCKET, SO_RCVBUFFORCE, &ROOM, sizeof ROOM) < 0)
        err(1, "SO_RCVBUFFORCE");
    for (int left = atoi(argv[2]); left > 0; left--) {
        int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (socket < 0)
            err(1, "accept4");
        long long began = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        size_t bytes = expected.bytes ? compare(socket, expected) : discard(socket);
        printf("{\"bytes\":%zu,\"cpu\":%lld,\"elapsed\":%lld}\n", bytes, now(CLOCK_PROCESS_CPUTIME_ID) - cpu,
               now(CLOCK_MONOTONIC) - began);
        fflush(stdout);
        close(socket);
    }
    return 0;
}
