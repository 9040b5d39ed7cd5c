#!/bin/bash
# Makes the boot files of the virtual machine, once for each version of the kernel and of these
# sources. Read by run, which sets $here and $cache and holds the cache's lock. Results in $guest:
#   vmlinux    Debian's kernel, unpacked, not installed; its "cloud" kernel has no rdma_rxe
#   initrd     init (init.c) and the modules
#   tsc_khz    see tsc_khz.c
: "${here:?}" "${cache:?}"

modules=(virtio_mmio 9pnet_virtio 9p virtio_console overlay crc32_generic rdma_rxe rdma_ucm macvlan
    dummy sch_netem sch_ingress cls_u32 act_gact)

# number TYPE OFFSET: a field of the kernel image's header, in the words of od -t.
number() { od -An -t"$1" -j"$2" -N"${1#u}" "$image"; }

# The kernel inside the bzImage, unpacked: QEMU boots that directly (PVH), which saves the guest
# two seconds of unpacking. Offsets are those of the kernel's boot protocol (setup_sects,
# payload_offset, payload_length). The payload ends with its unpacked size in 4 bytes.
unpack_kernel() {
    local image=$1 sectors start length
    sectors=$(number u1 497)
    start=$(number u4 584)
    length=$(number u4 588)
    [ "$sectors" -gt 0 ] || sectors=4
    tail -c +$(((sectors + 1) * 512 + start + 1)) "$image" | head -c $((length - 4)) > payload
    case $(od -An -tx1 -N4 payload) in
    *fd*37*) xz -dc < payload > vmlinux ;;
    *28*b5*2f*fd*) zstd -qdc < payload > vmlinux ;;
    *) echo "the kernel is compressed in an unknown format" >&2; return 1 ;;
    esac
    strip --strip-debug vmlinux
}

# The files of a module and of those that it needs, in the order of loading; nothing if the module
# is part of the kernel. modules.dep has "MODULE: NEEDS...", the first to be loaded at the end.
files_of_module() {
    local name=${1//_/[-_]} entry needs
    ! grep -qE "/$name\.ko" "$tree/modules.builtin" || return 0
    entry=$(grep -E "/$name\.ko(\.xz)?:" "$tree/modules.dep") ||
        { echo "the kernel has no module $1" >&2; return 1; }
    read -ra needs <<< "${entry#*:}"
    [ ${#needs[@]} = 0 ] || printf '%s\n' "${needs[@]}" | tac
    echo "${entry%%:*}"
}

# Copies the modules into initrd.d/modules, numbered in the order of loading; without debugging
# symbols, type information and signatures, which make them large and slow to load.
collect_modules() {
    local tree=$1 position=100 name file
    local -A taken=()
    mkdir -p initrd.d/modules
    for name in "${modules[@]}"; do
        files_of_module "$name" > files || return
        while read -r file; do
            [ -z "${taken[$file]-}" ] || continue
            taken[$file]=1
            case $file in
            *.xz) xz -dc "$tree/$file" > module.ko ;;
            *) cp "$tree/$file" module.ko ;;
            esac
            objcopy --strip-debug -R .BTF -R .BTF_ids module.ko \
                "initrd.d/modules/$((position++))-$(basename "$file" .xz)" || return
        done < files
    done
}

fetch_kernel() {
    apt-get -q -o Acquire::http::Timeout=20 -o Acquire::Retries=1 download "linux-image-$1" &&
        dpkg -x linux-image-*.deb package
}

make_initrd() {
    mkdir initrd.d/dev initrd.d/proc initrd.d/sys &&
        ${CC:-cc} -O2 -static -o initrd.d/init "$here/init.c" &&
        (cd initrd.d && find . | LC_ALL=C sort | cpio -o -H newc --quiet) > initrd
}

# In an empty directory.
build_guest() {
    fetch_kernel "$1" &&
        unpack_kernel "package/boot/vmlinuz-$1" &&
        /sbin/depmod -b package "$1" &&
        collect_modules "package/lib/modules/$1" &&
        ${CC:-cc} -O2 -o tsc_khz "$here/tsc_khz.c" &&
        make_initrd &&
        rm -rf package initrd.d files payload module.ko linux-image-*.deb
}

newest_kernel() {
    apt-cache depends linux-image-amd64 2> /dev/null |
        sed -n 's/.*Depends: linux-image-//p' | head -n 1
}

# Sets $guest, the directory of a guest that is ready; else prints the reason and fails.
find_guest() {
    local sources version log=$cache/guest.log fresh=$cache/new-guest
    sources=$(cat "$here"/{init.c,tsc_khz.c,guest.sh} | sha256sum | head -c 12)
    for guest in "$cache"/guest-"$sources"-*; do
        [ -e "$guest/initrd" ] && return
    done
    version=$(newest_kernel)
    [ -n "$version" ] || { echo "apt has no kernel to fetch (apt-get update)"; return 1; }
    guest=$cache/guest-$sources-$version
    rm -rf "$fresh"
    mkdir "$fresh"
    if ! (cd "$fresh" && build_guest "$version") > "$log" 2>&1; then
        echo "the guest's kernel could not be fetched and unpacked, see $log:" \
            "$(grep -v '^$' "$log" | tail -n 1)"
        rm -rf "$fresh"
        return 1
    fi
    mv "$fresh" "$guest"
    # Those of other kernels and sources that have not been used for a month.
    find "$cache" -maxdepth 1 -name 'guest-*' -mtime +30 -exec rm -rf {} +
}
