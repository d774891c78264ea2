/*
 * Loaded before the C library, this makes the disk bad. With BAD_DISK=full, only 40 bytes fit into each temporary
 * file: a call that fits in part answers with a short count and no error, as Linux does, and the next one fails with
 * ENOSPC. With BAD_DISK=unsure, a directory cannot be brought to disk.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is(const char *kind) {
  const char *wanted = getenv("BAD_DISK");
  return wanted && strcmp(wanted, kind) == 0;
}

static ssize_t allowed(int fd, size_t count) {
  char link[64], path[4096];
  struct stat stats;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (!is("full") || length < 4 || fstat(fd, &stats)) return count;
  path[length] = 0;
  if (strcmp(path + length - 4, ".tmp")) return count;
  if (stats.st_size >= 40) return -1;
  return count < (size_t)(40 - stats.st_size) ? (ssize_t)count : 40 - stats.st_size;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = dlsym(RTLD_NEXT, "write");
  ssize_t part = allowed(fd, count);
  return part < 0 ? (errno = ENOSPC, -1) : next(fd, bytes, part);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, long offset) {
  static ssize_t (*next)(int, const void *, size_t, long);
  if (!next) next = dlsym(RTLD_NEXT, "pwrite64");
  ssize_t part = allowed(fd, count);
  return part < 0 ? (errno = ENOSPC, -1) : next(fd, bytes, part, offset);
}

int fsync(int fd) {
  static int (*next)(int);
  struct stat stats;
  if (!next) next = dlsym(RTLD_NEXT, "fsync");
  if (is("unsure") && !fstat(fd, &stats) && S_ISDIR(stats.st_mode)) return errno = EIO, -1;
  return next(fd);
}
