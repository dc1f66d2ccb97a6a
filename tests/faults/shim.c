/* Makes one call of the C library fail, or all from that one on: loaded with LD_PRELOAD, told by `fault_arm`.
 *
 * A call counts when its path, or that of its file descriptor, lies below the folder of `fault_root` and has the kind that
 * is asked for; such calls are numbered from 1, and `fault_log` names them. CPython and Rust's standard library both go
 * through these symbols.
 */

#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { SOURCE = 1, PYC = 2, IMAGE = 4, FOLDER = 8 };
enum { SHORT = -1, END = -2 };
enum { DESCRIPTORS = 4096, LOG = 1 << 16 };

static char root[4096];
static int kinds, number, outcome, persistent;
static int seen, fired;
static char log_text[LOG];
static size_t log_length;
/* kind of the file that is open at each descriptor */
static unsigned char kind_of[DESCRIPTORS];

/* What is told by Python. */

void fault_root(const char *path) { snprintf(root, sizeof root, "%s", path); }

/* Count the calls on `wanted`; the one at `position` (0: none) has the `error`, SHORT or END; `onwards`: and all later ones. */
void fault_arm(int wanted, int position, int error, int onwards) {
    kinds = wanted;
    number = position;
    outcome = error;
    persistent = onwards;
    seen = fired = 0;
    log_length = 0;
    log_text[0] = 0;
}

/* Rust's standard library asks whether there is a `statx` by a call without a path. */
static int is_empty(const char *volatile path) { return !path || !*path; }

int fault_fired(void) { return fired; }
const char *fault_log(void) { return log_text; }

/* What a path is; 0 for what is not ours. */
static int kind_of_path(const char *path) {
    size_t length = strlen(root);
    if (!path || !length || strncmp(path, root, length) || (path[length] != '/' && path[length])) return 0;
    const char *rest = path + length;
    if (strstr(rest, ".ati")) return IMAGE;
    if (strstr(rest, ".pyc")) return PYC;
    if (strstr(rest, "/__pycache__") || strstr(rest, "/cache")) return IMAGE;
    size_t end = strlen(rest);
    return end > 3 && !strcmp(rest + end - 3, ".py") ? SOURCE : FOLDER;
}

static int kind_of_descriptor(int fd) { return fd >= 0 && fd < DESCRIPTORS ? kind_of[fd] : 0; }

/* Whether this call is to fail; sets errno. SHORT and END, which only reads and writes know, are left to them. */
static int fails(const char *call, int kind, int transfers) {
    if (!(kind & kinds)) return 0;
    seen++;
    log_length += (size_t)snprintf(log_text + log_length, LOG - log_length, "%s %d\n", call, kind);
    if (log_length >= LOG) log_length = LOG - 1;
    if (!number || seen < number || (seen > number && !persistent)) return 0;
    if (outcome < 0 && !transfers) return 0;
    fired++;
    if (outcome > 0) errno = outcome;
    return 1;
}

#define REAL(type, name, ...)                                                                                          \
    static type (*real)(__VA_ARGS__);                                                                                  \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int opened(int fd, int kind) {
    if (fd >= 0 && fd < DESCRIPTORS) kind_of[fd] = (unsigned char)kind;
    return fd;
}

static int open_with(const char *path, int flags, mode_t mode) {
    REAL(int, "open64", const char *, int, ...);
    int kind = kind_of_path(path);
    if (fails(flags & O_CREAT ? "create" : "open", kind, 0)) return -1;
    return opened(real(path, flags, mode), kind);
}

static int openat_with(int folder, const char *path, int flags, mode_t mode) {
    REAL(int, "openat64", int, const char *, int, ...);
    int kind = kind_of_path(path);
    if (fails(flags & O_CREAT ? "create" : "open", kind, 0)) return -1;
    return opened(real(folder, path, flags, mode), kind);
}

static mode_t mode_in(int flags, va_list rest) {
    return flags & (O_CREAT | __O_TMPFILE) ? (mode_t)va_arg(rest, unsigned) : 0;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = mode_in(flags, rest);                                                                            \
        va_end(rest);                                                                                                  \
        return open_with(path, flags, mode);                                                                           \
    }
#define OPENAT(name)                                                                                                   \
    int name(int folder, const char *path, int flags, ...) {                                                           \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = mode_in(flags, rest);                                                                            \
        va_end(rest);                                                                                                  \
        return openat_with(folder, path, flags, mode);                                                                 \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
int __open_2(const char *path, int flags) { return open_with(path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_with(path, flags, 0); }
int __openat_2(int folder, const char *path, int flags) { return openat_with(folder, path, flags, 0); }
int __openat64_2(int folder, const char *path, int flags) { return openat_with(folder, path, flags, 0); }

int close(int fd) {
    REAL(int, "close", int);
    opened(fd, 0);
    return real(fd);
}

static ssize_t read_with(int fd, void *buffer, size_t count) {
    REAL(ssize_t, "read", int, void *, size_t);
    if (fails("read", kind_of_descriptor(fd), 1)) {
        if (outcome > 0) return -1;
        if (outcome == END) return 0;
        count = count > 1 ? (count < 8 ? 1 : 7) : count;
    }
    return real(fd, buffer, count);
}

ssize_t read(int fd, void *buffer, size_t count) { return read_with(fd, buffer, count); }
ssize_t __read_chk(int fd, void *buffer, size_t count, size_t size) {
    (void)size;
    return read_with(fd, buffer, count);
}

ssize_t write(int fd, const void *buffer, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (fails("write", kind_of_descriptor(fd), outcome != END)) {
        if (outcome > 0) return -1;
        count = count > 1 ? (count < 8 ? 1 : 7) : count;
    }
    return real(fd, buffer, count);
}

/* What takes a path, or two, or a descriptor, and gives 0 or -1. */
#define OF_PATH(name, call, parameters, types, arguments)                                                              \
    int name parameters {                                                                                              \
        static int(*real) types;                                                                                       \
        if (!real) real = (int(*) types)dlsym(RTLD_NEXT, #name);                                                       \
        if (fails(call, kind_of_path(path), 0)) return -1;                                                             \
        return real arguments;                                                                                         \
    }
#define OF_DESCRIPTOR(name, call, parameters, types, arguments)                                                        \
    int name parameters {                                                                                              \
        static int(*real) types;                                                                                       \
        if (!real) real = (int(*) types)dlsym(RTLD_NEXT, #name);                                                       \
        if (fails(call, kind_of_descriptor(fd), 0)) return -1;                                                         \
        return real arguments;                                                                                         \
    }
#define STAT_OF_PATH(name, type)                                                                                       \
    OF_PATH(name, "stat", (const char *path, struct type *found), (const char *, struct type *), (path, found))
STAT_OF_PATH(stat, stat)
STAT_OF_PATH(stat64, stat64)
STAT_OF_PATH(lstat, stat)
STAT_OF_PATH(lstat64, stat64)
OF_DESCRIPTOR(fstat, "fstat", (int fd, struct stat *found), (int, struct stat *), (fd, found))
OF_DESCRIPTOR(fstat64, "fstat", (int fd, struct stat64 *found), (int, struct stat64 *), (fd, found))

#define STATAT(name, type)                                                                                             \
    int name(int folder, const char *path, struct type *found, int flags) {                                            \
        REAL(int, #name, int, const char *, struct type *, int);                                                       \
        int empty = is_empty(path);                                                                                    \
        if (fails(empty ? "fstat" : "stat", empty ? kind_of_descriptor(folder) : kind_of_path(path), 0)) return -1;    \
        return real(folder, path, found, flags);                                                                       \
    }
STATAT(fstatat, stat)
STATAT(fstatat64, stat64)

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *found) {
    REAL(int, "statx", int, const char *, int, unsigned, struct statx *);
    int empty = is_empty(path);
    if (fails(empty ? "fstat" : "stat", empty ? kind_of_descriptor(folder) : kind_of_path(path), 0)) return -1;
    return real(folder, path, flags, mask, found);
}

OF_PATH(mkdir, "mkdir", (const char *path, mode_t mode), (const char *, mode_t), (path, mode))
OF_PATH(rmdir, "rmdir", (const char *path), (const char *), (path))
OF_PATH(unlink, "unlink", (const char *path), (const char *), (path))
OF_PATH(chmod, "chmod", (const char *path, mode_t mode), (const char *, mode_t), (path, mode))
OF_PATH(rename, "rename", (const char *path, const char *target), (const char *, const char *), (path, target))
OF_PATH(link, "link", (const char *path, const char *target), (const char *, const char *), (path, target))
OF_DESCRIPTOR(fchmod, "fchmod", (int fd, mode_t mode), (int, mode_t), (fd, mode))
OF_DESCRIPTOR(fsync, "fsync", (int fd), (int), (fd))
OF_DESCRIPTOR(fdatasync, "fsync", (int fd), (int), (fd))

int renameat(int from, const char *path, int to, const char *target) {
    REAL(int, "renameat", int, const char *, int, const char *);
    if (fails("rename", kind_of_path(path), 0)) return -1;
    return real(from, path, to, target);
}

int unlinkat(int folder, const char *path, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    if (fails("unlink", kind_of_path(path), 0)) return -1;
    return real(folder, path, flags);
}

static off64_t seek_with(int fd, off64_t offset, int whence) {
    REAL(off64_t, "lseek64", int, off64_t, int);
    if (fails("seek", kind_of_descriptor(fd), 0)) return -1;
    return real(fd, offset, whence);
}

off_t lseek(int fd, off_t offset, int whence) { return seek_with(fd, offset, whence); }
off64_t lseek64(int fd, off64_t offset, int whence) { return seek_with(fd, offset, whence); }

DIR *opendir(const char *path) {
    REAL(DIR *, "opendir", const char *);
    if (fails("opendir", kind_of_path(path), 0)) return NULL;
    return real(path);
}
