/* mark.c - the names of marks (mark.h). */
#include "proto/mark.h"

#include "base/assert.h"

const char *mark_name(enum mark mark)
{
    static const char *const names[] = {
#define X(NAME, name, what) [MARK_##NAME] = (name),
        MARKS(X)
#undef X
    };
    ASSERT(mark < MARK_COUNT);
    return names[mark];
}
