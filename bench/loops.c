// The plain loops that ours are compared with: the same calls with the same sizes, and nothing around them.
//
//     loops STRATEGY BUFFER_SIZE SOURCE DESTINATION WARM_SOURCE WARM_DESTINATION
//
// BUFFER_SIZE 0 is the strategy's own. The small warm file is copied first, untimed, so that code and buffer are
// resident. Prints CLOCK_MONOTONIC nanoseconds: of the moving loop, after opening and before closing, and of the whole.
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const size_t KERNEL_STEP = 64 << 20;
static const size_t WINDOW = 8 << 20;
static const int PIPE_SIZE = 256 << 10;

struct copy {
    int from, to;
    off_t size;
    size_t buffer_size;
    // what is open or mapped when the loop ends is given back after it, as ours does
    char *buffer, *window;
    size_t window_length;
    int pipe[2];
};

static ssize_t moved(ssize_t n, const char *call)
{
    if (n < 0)
        err(1, "%s", call);
    if (n == 0)
        errx(1, "%s: the source has become shorter", call);
    return n;
}

static void read_write(struct copy *c)
{
    for (off_t at = 0; at < c->size;) {
        ssize_t n = moved(pread(c->from, c->buffer, c->buffer_size, at), "pread");
        for (ssize_t written = 0; written < n;)
            written += moved(pwrite(c->to, c->buffer + written, n - written, at + written), "pwrite");
        at += n;
    }
}

static void mmap_write(struct copy *c)
{
    for (off_t at = 0; at < c->size;) {
        if (c->window)
            munmap(c->window, c->window_length);
        c->window_length = (size_t)(c->size - at) < WINDOW ? (size_t)(c->size - at) : WINDOW;
        c->window = mmap(NULL, c->window_length, PROT_READ, MAP_SHARED | MAP_POPULATE, c->from, at);
        if (c->window == MAP_FAILED)
            err(1, "mmap");
        for (size_t done = 0; done < c->window_length;) {
            size_t left = c->window_length - done;
            size_t length = left < c->buffer_size ? left : c->buffer_size;
            done += moved(pwrite(c->to, c->window + done, length, at + done), "pwrite");
        }
        at += c->window_length;
    }
}

static void by_sendfile(struct copy *c)
{
    for (off_t at = 0; at < c->size;)
        moved(sendfile(c->to, c->from, &at, KERNEL_STEP), "sendfile");
}

static void by_copy_file_range(struct copy *c)
{
    off_t to = 0;
    for (off_t at = 0; at < c->size;)
        moved(copy_file_range(c->from, &at, c->to, &to, KERNEL_STEP, 0), "copy_file_range");
}

static void by_splice(struct copy *c)
{
    if (pipe2(c->pipe, O_CLOEXEC) < 0)
        err(1, "pipe2");
    if (fcntl(c->pipe[1], F_SETPIPE_SZ, PIPE_SIZE) < 0)
        err(1, "F_SETPIPE_SZ");
    off_t to = 0;
    for (off_t at = 0; at < c->size;) {
        ssize_t held = moved(splice(c->from, &at, c->pipe[1], NULL, PIPE_SIZE, 0), "splice");
        while (held > 0)
            held -= moved(splice(c->pipe[0], NULL, c->to, &to, held, 0), "splice");
    }
}

// FICLONE does not say how much it shared: the size of the source does
static void reflink(struct copy *c)
{
    struct stat stat;
    if (ioctl(c->to, FICLONE, c->from) < 0 || fstat(c->from, &stat) < 0)
        err(1, "FICLONE");
    if (stat.st_size != c->size)
        errx(1, "FICLONE: the source has another size now");
}

static const struct strategy {
    const char *name;
    void (*loop)(struct copy *);
    size_t buffer_size;
} strategies[] = {
    {"read_write", read_write, 256 << 10},
    {"mmap_write", mmap_write, 1 << 20},
    {"sendfile", by_sendfile, 0},
    {"copy_file_range", by_copy_file_range, 0},
    {"splice", by_splice, 0},
    {"reflink", reflink, 0},
};

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

struct times {
    long long moving, total;
};

static struct times copy_file(const struct strategy *strategy, struct copy c, const char *source, const char *destination)
{
    long long called = now();
    c.from = open(source, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    if (c.from < 0 || fstat(c.from, &stat) < 0)
        err(1, "%s", source);
    c.size = stat.st_size;
    c.to = open(destination, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (c.to < 0)
        err(1, "%s", destination);
    long long began = now();
    strategy->loop(&c);
    long long ended = now();
    if (c.window)
        munmap(c.window, c.window_length);
    if (c.pipe[1]) {
        close(c.pipe[0]);
        close(c.pipe[1]);
    }
    if (close(c.to) < 0 || close(c.from) < 0)
        err(1, "close");
    return (struct times){ended - began, now() - called};
}

int main(int argc, char **argv)
{
    if (argc != 7)
        errx(2, "usage: loops STRATEGY BUFFER_SIZE SOURCE DESTINATION WARM_SOURCE WARM_DESTINATION");
    const struct strategy *strategy = strategies, *end = strategies + sizeof strategies / sizeof *strategies;
    while (strategy < end && strcmp(strategy->name, argv[1]))
        strategy++;
    if (strategy == end)
        errx(2, "unknown strategy: %s", argv[1]);
    struct copy c = {.buffer_size = strtoull(argv[2], NULL, 10)};
    if (c.buffer_size == 0)
        c.buffer_size = strategy->buffer_size;
    c.buffer = malloc(c.buffer_size + 1);
    if (!c.buffer)
        err(1, "malloc");

    copy_file(strategy, c, argv[5], argv[6]);
    unlink(argv[6]);
    struct times times = copy_file(strategy, c, argv[3], argv[4]);
    printf("{\"moving\":%lld,\"total\":%lld}\n", times.moving, times.total);
    return 0;
}
