/*
 * Loaded before the C library, this makes the disk bad for the lessons of a store, while a file of that name lies in
 * the directory BAD_DISK:
 *   full         of what is written, 30 bytes fit: a call that fits in part answers with a short count and no error, as
 *                Linux does, and the next one fails with ENOSPC
 *   full-tmp     the same, for files that end in .tmp
 *   unsure       nothing can be brought to disk (EIO)
 * and stops the whole process, once, before or after such a call:
 *   stop-before-write, stop-after-write, stop-after-sync, stop-before-list
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long left = 30;

static const char *sign(const char *name) {
  static __thread char path[4096];
  const char *directory = getenv("BAD_DISK");
  snprintf(path, sizeof path, "%s/%s", directory ? directory : "/nowhere", name);
  return path;
}

static int is(const char *name) { return access(sign(name), F_OK) == 0; }

/* A signal to the thread itself: it stands still before the call returns. */
static void stop_at(const char *name) {
  if (unlink(sign(name)) == 0) raise(SIGSTOP);
}

static int ends(int fd, const char *ending, const char *part) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  char *found = strstr(path, ending);
  return found && strstr(path, part);
}

static int is_lesson(int fd) { return ends(fd, ".log", "/lessons/") || ends(fd, ".sealed", "/lessons/"); }

static ssize_t allowed(int fd, size_t count) {
  int is_full = is_lesson(fd) ? is("full") : ends(fd, ".tmp", "/") && is("full-tmp");
  if (!is_full) return count;
  if (left == 0) return -1;
  if (count > (size_t)left) count = left;
  left -= count;
  return count;
}

typedef int (*filter_t)(const struct dirent64 *);
typedef int (*order_t)(const struct dirent64 **, const struct dirent64 **);

int scandir64(const char *path, struct dirent64 ***list, filter_t filter, order_t order) {
  static int (*next)(const char *, struct dirent64 ***, filter_t, order_t);
  if (!next) next = dlsym(RTLD_NEXT, "scandir64");
  if (strstr(path, "/lessons")) stop_at("stop-before-list");
  return next(path, list, filter, order);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = dlsym(RTLD_NEXT, "write");
  int is_ours = is_lesson(fd);
  if (is_ours) stop_at("stop-before-write");
  ssize_t part = allowed(fd, count);
  if (part < 0) return errno = ENOSPC, -1;
  ssize_t written = next(fd, bytes, part);
  if (is_ours) stop_at("stop-after-write");
  return written;
}

int fdatasync(int fd) {
  static int (*next)(int);
  if (!next) next = dlsym(RTLD_NEXT, "fdatasync");
  if (is_lesson(fd) && is("unsure")) return errno = EIO, -1;
  int result = next(fd);
  if (is_lesson(fd)) stop_at("stop-after-sync");
  return result;
}
