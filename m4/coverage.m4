# AVIARY_COVERAGE: acts on --enable-coverage; sets COVERAGE_FLAGS for compile and link.
AC_DEFUN([AVIARY_COVERAGE], [
    COVERAGE_FLAGS=
    AS_IF([test "x$enable_coverage" = xyes], [COVERAGE_FLAGS="--coverage"])
    AC_SUBST([COVERAGE_FLAGS])
])
