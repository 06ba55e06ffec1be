// Sends files, each over a connection of its own, at as little cost as there can be.
//
//     source ADDRESS PORT FILE...
//
// Prints for each its own CPU time, from the connected socket until the receiver has closed, in nanoseconds.
#include "peer.h"
#include <sys/prctl.h>

// It looks whether there is room, instead of being woken by the receiver, whose time that would take: see sink.c.
static const struct timespec NAP = {.tv_nsec = 200000};

static off_t send_file(int socket, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    if (file < 0 || fstat(file, &stat) < 0 || fcntl(socket, F_SETFL, O_NONBLOCK) < 0)
        err(1, "%s", path);
    for (off_t at = 0; at < stat.st_size;) {
        if (sendfile(socket, file, &at, stat.st_size - at) >= 0)
            continue;
        if (errno != EAGAIN)
            err(1, "sendfile");
        nanosleep(&NAP, NULL);
    }
    close(file);
    return stat.st_size;
}

static void until_taken(int socket)
{
    char byte;
    if (shutdown(socket, SHUT_WR) < 0 || fcntl(socket, F_SETFL, 0) < 0 || read(socket, &byte, 1) != 0)
        err(1, "the receiver");
}

int main(int argc, char **argv)
{
    if (argc < 4)
        errx(2, "usage: source ADDRESS PORT FILE...");
    prctl(PR_SET_TIMERSLACK, 1);
    for (char **path = argv + 3; *path; path++) {
        int to = connect_to(argv[1], atoi(argv[2]));
        long long cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        off_t bytes = send_file(to, *path);
        until_taken(to);
        printf("{\"bytes\":%lld,\"cpu\":%lld}\n", (long long)bytes, now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
        fflush(stdout);
        close(to);
    }
    return 0;
}
