/* init.c - process 1 of the virtual machine of tests/softroce/run. Static, alone in the initramfs.
 *
 * Loads the kernel modules in /modules. Mounts the host's file system (9p, read-only) under a tmpfs
 * that takes all writes, and the job's directory on /run/softroce. Runs /run/softroce/job.sh there,
 * copies its standard output and error to the virtio ports `out` and `err`, and writes its exit
 * status in /run/softroce/status.
 *
 * A kernel command line with the word `save` makes it stop before the mounts (QEMU cannot save a
 * machine that has a 9p mount): it writes SAVE to port `err` and waits for a byte on port `go`. The
 * machine is saved there; each one restored from it reads the byte and continues. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MODULES_MAX = 128,
    PORT_TRIES = 2500, /* of 2 ms: ports are announced asynchronously */
    EXIT_PORT = 0x501, /* of QEMU's isa-debug-exit */
};

static void leave(void)
{
    sync();
    if (ioperm(EXIT_PORT, 1, 1) == 0) outb(0, EXIT_PORT);
    reboot(RB_POWER_OFF);
    for (;;) pause();
}

/* To the kernel's log, which goes to the serial console. */
static void complain(const char *what, const char *name)
{
    int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    if (log >= 0) {
        char room[128];
        const char *reason = strerror_r(errno, room, sizeof(room)); /* the one of GNU */
        dprintf(log, "<3>init: %s %s: %s", what, name, reason);
        close(log);
    }
}

static void fail(const char *what, const char *name)
{
    complain(what, name);
    leave();
}

/* The file's first bytes as a string without its newline; false if there is no such file. */
static bool read_file(const char *path, char *text, size_t room)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t bytes = read(file, text, room - 1);
    close(file);
    text[bytes > 0 ? bytes : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return bytes >= 0;
}

static void mount_at(const char *source, const char *place, const char *type, unsigned long flags,
                     const char *options)
{
    mkdir(place, 0755);
    if (mount(source, place, type, flags, options) != 0) fail("cannot mount", place);
}

static int any_module(const struct dirent *entry)
{
    return strstr(entry->d_name, ".ko") != NULL;
}

static void load_modules(void)
{
    struct dirent **modules;
    int count = scandir("/modules", &modules, any_module, alphasort);

    for (int i = 0; i < count; i++) {
        char path[sizeof "/modules/" + sizeof modules[i]->d_name];
        snprintf(path, sizeof path, "/modules/%s", modules[i]->d_name);
        /* On loading, the module would create a device of its own, which is not needed. */
        const char *parameters = strstr(path, "-dummy.ko") != NULL ? "numdummies=0" : "";
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || syscall(SYS_finit_module, file, parameters, 0) != 0)
            complain("cannot load", path);
        close(file);
    }
}

/* Looks once for the virtio port of that name; -1 if it is not there (yet). */
static int find_port(const char *name, int flags)
{
    char path[512], found[64];
    int port = -1;
    DIR *directory = opendir("/sys/class/virtio-ports");
    if (directory == NULL) return -1;

    for (struct dirent *entry; port < 0 && (entry = readdir(directory)) != NULL;) {
        snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
        if (!read_file(path, found, sizeof found) || strcmp(found, name) != 0) continue;
        snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        port = open(path, flags | O_CLOEXEC);
    }
    closedir(directory);
    return port;
}

static int open_port(const char *name, int flags)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        int port = find_port(name, flags);
        if (port >= 0) return port;
        usleep(2000);
    }
    fail("no virtio port", name);
    return -1;
}

/* Where machines are saved and restored, see above. */
static void wait_to_go(int err)
{
    char byte;
    int go = open_port("go", O_RDONLY);
    dprintf(err, "SAVE\n");
    while (read(go, &byte, 1) != 1) usleep(1000);
    close(go);
}

/* The host's file system on /new; all writes go to memory. */
static void mount_host(void)
{
    mount_at("tmpfs", "/memory", "tmpfs", 0, "mode=0755,size=90%");
    mkdir("/memory/upper", 0755);
    mkdir("/memory/work", 0755);
    mount_at("root", "/host", "9p", MS_RDONLY,
             "trans=virtio,version=9p2000.L,cache=loose,msize=1048576");
    mount_at("overlay", "/new", "overlay", 0,
             "lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work,"
             "index=off,metacopy=off,xino=off");
    mount_at("tmpfs", "/new/run", "tmpfs", MS_NOSUID, "mode=0755");
    mount_at("job", "/new/run/softroce", "9p", 0,
             "trans=virtio,version=9p2000.L,cache=none,msize=262144");
}

/* The directory that the host shares for writing, at the same path as on the host. */
static void mount_writable(void)
{
    char directory[1024], place[1040];
    if (!read_file("/new/run/softroce/writable", directory, sizeof directory)) return;
    snprintf(place, sizeof place, "/new%s", directory);
    mount_at("writable", place, "9p", 0, "trans=virtio,version=9p2000.L,cache=mmap,msize=262144");
}

/* A restored machine's clock continues from the time of saving. */
static void set_clock(void)
{
    char time_s[32];
    if (!read_file("/new/run/softroce/time_s", time_s, sizeof time_s)) return;
    struct timeval now = {.tv_sec = atoll(time_s)};
    settimeofday(&now, NULL);
}

static void enter_host(void)
{
    mount_at("/dev", "/new/dev", NULL, MS_MOVE, NULL);
    mount_at("/proc", "/new/proc", NULL, MS_MOVE, NULL);
    mount_at("/sys", "/new/sys", NULL, MS_MOVE, NULL);
    mount_at("tmpfs", "/new/dev/shm", "tmpfs", MS_NOSUID, "mode=1777");
    mount_at("devpts", "/new/dev/pts", "devpts", MS_NOSUID, "ptmxmode=0666");
    if (symlink("/proc/self/fd", "/new/dev/fd") != 0 ||
        symlink("/proc/self/fd/0", "/new/dev/stdin") != 0 ||
        symlink("/proc/self/fd/1", "/new/dev/stdout") != 0 ||
        symlink("/proc/self/fd/2", "/new/dev/stderr") != 0)
        fail("cannot link", "/dev/fd");
    if (chroot("/new") != 0 || chdir("/") != 0) fail("cannot enter", "/new");
}

static void set_limits(void)
{
    struct rlimit memory = {RLIM_INFINITY, RLIM_INFINITY}, files = {65536, 65536};
    if (setrlimit(RLIMIT_MEMLOCK, &memory) != 0 || setrlimit(RLIMIT_NOFILE, &files) != 0 ||
        sethostname("softroce", strlen("softroce")) != 0)
        fail("cannot set", "limits");
}

/* One stream of the job: bytes read from the pipe are written to the port. */
struct stream {
    int pipe[2], port;
};

static void become_job(const struct stream *out, const struct stream *err)
{
    setsid();
    signal(SIGCHLD, SIG_DFL);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(out->pipe[1], STDOUT_FILENO);
    dup2(err->pipe[1], STDERR_FILENO);
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    execl("/bin/bash", "bash", "/run/softroce/job.sh", (char *)NULL);
    _exit(127);
}

/* Copies the available bytes; at the end of the stream, removes it from the poll. */
static void carry(const struct stream *stream, struct pollfd *polled)
{
    static char buffer[65536];
    if (polled->fd < 0 || polled->revents == 0) return;

    ssize_t bytes = read(polled->fd, buffer, sizeof buffer);
    if (bytes <= 0) {
        close(polled->fd);
        polled->fd = -1;
        return;
    }
    for (ssize_t done = 0; done < bytes;) {
        ssize_t written = write(stream->port, buffer + done, (size_t)(bytes - done));
        if (written <= 0) return;
        done += written;
    }
}

/* Collects all children that ended, the orphans, too. True once the job is among them. */
static bool job_ended(pid_t job, int *status)
{
    bool ended = false;
    int how;
    for (pid_t child; (child = waitpid(-1, &how, WNOHANG)) > 0;) {
        if (child != job) continue;
        ended = true;
        *status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    }
    return ended;
}

static void child_ended(int number)
{
    (void)number; /* interrupting poll() suffices */
}

static int run_job(struct stream *out, struct stream *err)
{
    if (pipe2(out->pipe, O_CLOEXEC) != 0 || pipe2(err->pipe, O_CLOEXEC) != 0) fail("no", "pipe");
    signal(SIGCHLD, child_ended);
    pid_t job = fork();
    if (job < 0) fail("no", "process");
    if (job == 0) become_job(out, err);
    close(out->pipe[1]);
    close(err->pipe[1]);

    struct pollfd polled[2] = {{.fd = out->pipe[0], .events = POLLIN},
                               {.fd = err->pipe[0], .events = POLLIN}};
    int status = 0, silent = 0;
    bool ended = false;
    /* Two silent polls after its end, as a process that it left behind may hold the pipes open. */
    while ((!ended || polled[0].fd >= 0 || polled[1].fd >= 0) && silent < 2) {
        int ready = poll(polled, 2, ended ? 50 : 1000);
        if (ready > 0) {
            carry(out, &polled[0]);
            carry(err, &polled[1]);
        }
        if (ended && ready <= 0) silent++;
        if (job_ended(job, &status)) ended = true;
    }
    return status;
}

static void write_status(int status)
{
    int file = open("/run/softroce/status", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) fail("cannot write", "status");
    dprintf(file, "%d\n", status);
    close(file);
}

int main(void)
{
    char command_line[4096];

    mount_at("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    mount_at("proc", "/proc", "proc", 0, NULL);
    mount_at("sysfs", "/sys", "sysfs", 0, NULL);
    load_modules();
    struct stream out = {.port = open_port("out", O_WRONLY)};
    struct stream err = {.port = open_port("err", O_WRONLY)};
    if (!read_file("/proc/cmdline", command_line, sizeof command_line)) fail("no", "command line");
    if (strstr(command_line, " save") != NULL) wait_to_go(err.port);

    mount_host();
    mount_writable();
    set_clock();
    enter_host();
    set_limits();
    write_status(run_job(&out, &err));
    leave();
}
