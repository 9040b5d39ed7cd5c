#!/bin/bash
# In the virtual machine, before the command: $devices "hosts" in one kernel. Device rxeN is on
# interface hN with address 10.77.0.N; the interfaces are connected by a switch.
#
# rdma_rxe of Linux 6.1 sends and receives in the first network namespace only, so all interfaces
# are in there. Policy routing sends what comes from address N out of hN, before the kernel would
# recognise the destination as its own and deliver locally; accept_local accepts it on the other
# side. So programs must bind their source address: without one no policy applies.
: "${devices:?}"

hardware_address() { printf '02:77:00:00:00:%02x' "$1"; }

let_own_packets_in() {
    local of=/proc/sys/net/ipv4/conf interfaces
    for interfaces in all default; do
        echo 1 > $of/$interfaces/accept_local
        echo 0 > $of/$interfaces/rp_filter
        echo 1 > $of/$interfaces/arp_ignore
        echo 2 > $of/$interfaces/arp_announce
        echo 1 > ${of/ipv4/ipv6}/$interfaces/disable_ipv6
    done
}

# The commands for interface h$1, for ip -batch.
interface() {
    local number=$1 table=$((100 + $1)) address=10.77.0.$1 other
    echo "link add link switch name h$number address $(hardware_address "$number")" \
        "type macvlan mode bridge"
    echo "link set h$number mtu 4200 up"
    echo "addr add $address/24 dev h$number noprefixroute"
    echo "route add local $address dev h$number table $table"
    echo "route add 10.77.0.0/24 dev h$number src $address table $table"
    echo "rule add pref $((10 + number)) oif h$number lookup $table"
    echo "rule add pref $((200 + number)) iif lo from $address lookup $table"
    for ((other = 1; other <= devices; other++)); do
        [ "$number" = "$other" ] || echo "neigh replace 10.77.0.$other dev h$number" \
            "lladdr $(hardware_address "$other") nud permanent"
    done
}

network() {
    local number
    echo "link set lo up"
    echo "link add switch type dummy"
    echo "link set switch mtu 4200 up"
    for ((number = 1; number <= devices; number++)); do interface "$number"; done
    # The rule for local addresses is placed after the policies, not before all of them.
    echo "rule add pref 1000 lookup local"
    echo "rule del pref 0"
}

let_own_packets_in
network | ip -batch - || exit 125
AVIARY_RDMA_ADDRESSES=
for ((number = 1; number <= devices; number++)); do
    # Where rdma-fault cuts. Adding it under traffic would be too late: the first one on an
    # interface rewrites running kernel code, and a CPU emulated by QEMU may keep the old code.
    tc qdisc add dev "h$number" clsact || exit 125
    rdma link add "rxe$number" type rxe netdev "h$number" || exit 125
    AVIARY_RDMA_ADDRESSES+="${AVIARY_RDMA_ADDRESSES:+ }10.77.0.$number"
done
export AVIARY_RDMA_ADDRESSES AVIARY_RDMA_FAULTS=1
