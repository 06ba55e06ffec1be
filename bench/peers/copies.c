// What ours is compared with where it does more than one loop of calls: written as one would, and no worse.
//
//     copies SIDE SOURCE DESTINATION WARM_SOURCE WARM_DESTINATION
//
// The small warm file is copied first, untimed. Prints nanoseconds of the whole call: CLOCK_MONOTONIC, and the process's
// CPU time meanwhile.
#include "peer.h"

static const size_t STEP = 64 << 20;

// Durable as it is usually done: the file is on the disk, its name may not be.
static void copy_file_range_and_fsync(const char *source, const char *destination)
{
    struct stat stat;
    int from = open(source, O_RDONLY | O_CLOEXEC);
    if (from < 0 || fstat(from, &stat) < 0)
        err(1, "%s", source);
    int to = open(destination, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (to < 0)
        err(1, "%s", destination);
    off_t at = 0, to_at = 0;
    while (at < stat.st_size)
        if (copy_file_range(from, &at, to, &to_at, STEP, 0) <= 0)
            err(1, "copy_file_range");
    if (fsync(to) < 0)
        err(1, "fsync");
    if (close(to) < 0 || close(from) < 0)
        err(1, "close");
}

int main(int argc, char **argv)
{
    if (argc != 6)
        errx(2, "usage: copies SIDE SOURCE DESTINATION WARM_SOURCE WARM_DESTINATION");
    if (strcmp(argv[1], "copy_file_range_and_fsync"))
        errx(2, "unknown side: %s", argv[1]);
    copy_file_range_and_fsync(argv[4], argv[5]);
    long long called = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    copy_file_range_and_fsync(argv[2], argv[3]);
    long long total = now(CLOCK_MONOTONIC) - called;
    printf("{\"total\":%lld,\"cpu\":%lld}\n", total, now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    return 0;
}
