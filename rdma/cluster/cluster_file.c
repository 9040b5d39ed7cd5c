/* cluster_file.c - reads the file of cluster_file.h. */
#include "rdma/cluster/cluster_file.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/memory.h"
#include "base/units.h"

static int copy_word(char *to, size_t room, const char *word, const char *what, struct error *e)
{
    if ((size_t)snprintf(to, room, "%s", word) < room) return 0;
    return error_set(e, "expected %s of at most %zu letters, found `%s`", what, room - 1, word);
}

static int read_port(const char *text, uint16_t *port, struct error *e)
{
    uint64_t value = 0;
    if (units_integer(text, &value, e) < 0 || value < 1 || value > UINT16_MAX)
        return error_set(e, "expected a port from 1 to 65535, found `%s`", text);
    *port = (uint16_t)value;
    return 0;
}

/* 1.2.3.4:5 or [::1]:5 */
static int read_address(char *word, struct cluster_process *p, struct error *e)
{
    static const char expected[] = "expected ADDRESS:PORT, like 10.0.0.1:7400 or [fe80::1]:7400, "
                                   "found `%s`";
    unsigned char binary[sizeof(struct in6_addr)];
    char *colon = strrchr(word, ':');
    if (!colon) return error_set(e, expected, word);
    char *host = word;
    size_t length = (size_t)(colon - word);
    int family = AF_INET;
    if (*word == '[' && length >= 2 && word[length - 1] == ']') {
        host++;
        length -= 2;
        family = AF_INET6;
    }
    if (length >= sizeof(p->address)) return error_set(e, expected, word);
    memcpy(p->address, host, length);
    p->address[length] = 0;
    if (inet_pton(family, p->address, binary) != 1) return error_set(e, expected, word);
    return read_port(colon + 1, &p->port, e);
}

static int read_process(char *line, struct cluster_process *p, struct error *e)
{
    char *rest = line;
    const char *name = strtok_r(rest, " \t\r", &rest);
    char *address = strtok_r(rest, " \t\r", &rest);
    const char *device = strtok_r(rest, " \t\r", &rest);
    if (!address) return error_set(e, "expected NAME ADDRESS:PORT [DEVICE], found only `%s`", name);
    if (device && strtok_r(rest, " \t\r", &rest))
        return error_set(e, "expected NAME ADDRESS:PORT [DEVICE], found more");
    if (copy_word(p->name, sizeof(p->name), name, "a name", e) < 0) return -1;
    if (device && copy_word(p->device, sizeof(p->device), device, "a device", e) < 0) return -1;
    return read_address(address, p, e);
}

static bool taken(const struct cluster_file *c, const struct cluster_process *new, struct error *e)
{
    for (uint32_t i = 0; i < c->count; i++) {
        const struct cluster_process *p = &c->process[i];
        if (strcmp(p->name, new->name) == 0) {
            error_set(e, "`%s` has a line already", new->name);
            return true;
        }
        /* The coordinator's port is TCP's, the others' are RDMA's: they may be equal. */
        bool alike =
            !strcmp(p->name, CLUSTER_COORDINATOR) == !strcmp(new->name, CLUSTER_COORDINATOR);
        if (alike && strcmp(p->address, new->address) == 0 && p->port == new->port) {
            error_set(e, "`%s` has this address and port already", p->name);
            return true;
        }
    }
    return false;
}

static int read_lines(struct cluster_file *c, struct lines *lines, struct error *e)
{
    char *text;
    uint32_t length, room = 0;
    int got;
    while ((got = lines_next(lines, &text, &length, e)) > 0) {
        text[strcspn(text, "#")] = 0;
        if (!text[strspn(text, " \t\r")]) continue;
        struct cluster_process p = {0};
        struct error why;
        if (read_process(text, &p, &why) < 0 || taken(c, &p, &why))
            return lines_error(lines, e, "%s", why.text);
        if (c->count == room) {
            room = room ? 2 * room : 16;
            c->process = reallocate(c->process, room * sizeof(*c->process));
        }
        c->process[c->count++] = p;
    }
    return got;
}

int cluster_file_read(struct cluster_file *c, const char *path, struct error *e)
{
    *c = (struct cluster_file){0};
    struct lines *lines = lines_open_short(path, e);
    if (!lines) return -1;
    int read = read_lines(c, lines, e);
    lines_close(lines);
    if (read == 0 && !cluster_file_find(c, CLUSTER_COORDINATOR))
        read = error_set(e, "%s: expected a line `" CLUSTER_COORDINATOR " ADDRESS:PORT`", path);
    if (read < 0) cluster_file_finish(c);
    return read;
}

void cluster_file_finish(struct cluster_file *c)
{
    free(c->process);
    *c = (struct cluster_file){0};
}

const struct cluster_process *cluster_file_find(const struct cluster_file *c, const char *name)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (strcmp(c->process[i].name, name) == 0) return &c->process[i];
    return NULL;
}
