#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace skiff::kernel {

/// Changes to the network interfaces of the calling process's network namespace, by rtnetlink.
///
/// Requests are collected and sent in one message; the kernel works them off in order. Nothing here allocates, throws or
/// locks, so that the child between clone and exec can use it. Errors are -1 and errno.
class NetlinkBatch
{
  public:
    enum class Need { Required, Optional }; ///< Optional: a refusal is passed over

    NetlinkBatch() noexcept;
    NetlinkBatch(const NetlinkBatch&) = delete;
    NetlinkBatch& operator=(const NetlinkBatch&) = delete;
    ~NetlinkBatch();

    /// The index of the interface `name`, or 0 with errno.
    [[nodiscard]] unsigned find_index(const char* name) noexcept;

    struct LinkChange
    {
        unsigned index = 0;
        std::uint32_t mtu = 0;             ///< 0: as it is
        const std::uint8_t* mac = nullptr; ///< six bytes; null: as it is
    };
    /// No fe80:: address, and so no router solicitations. Before bring_up: the address is made when the link comes up.
    void forbid_link_local(unsigned index, Need need = Need::Required) noexcept;
    void bring_up(const LinkChange& link) noexcept;

    /// `mac`: six bytes. A bridge without an address of its own takes that of one of its ports, and so another one whenever
    /// ports come and go; who knows the old one reaches nobody then.
    void add_bridge(const char* name, const std::uint8_t* mac) noexcept;
    /// Two interfaces that are one cable: `name` here, and the peer in another network namespace.
    struct Veth
    {
        const char* name = nullptr;
        unsigned master = 0; ///< index of a bridge here; 0: none
        std::uint32_t mtu = 0;
        const char* peer_name = nullptr;
        const std::uint8_t* peer_mac = nullptr; ///< six bytes; null: the kernel's choice
        int peer_namespace = -1;                ///< a descriptor of the network namespace
    };
    void add_veth(const Veth& veth) noexcept;
    void delete_link(unsigned index) noexcept;

    /// `family` AF_INET or AF_INET6; addresses are in network byte order. IPv6 ones are usable at once (no detection
    /// of duplicates: nobody else is on the link).
    void add_address(unsigned index, int family, const void* address, std::uint8_t prefix,
                     Need need = Need::Required) noexcept;
    /// `metric` 0: the kernel's default.
    void add_default_route(unsigned index, int family, const void* gateway, Need need = Need::Required,
                           std::uint32_t metric = 0) noexcept;
    /// To `destination`/`prefix`, by `gateway`.
    struct Route
    {
        unsigned index = 0;
        int family = 0;
        const void* destination = nullptr;
        std::uint8_t prefix = 0;
        const void* gateway = nullptr;
        std::uint32_t metric = 0;
    };
    void add_route(const Route& route) noexcept;
    void delete_route(const Route& route) noexcept;

    /// Sends what was collected and waits for the answers; the first refusal of a required one counts.
    [[nodiscard]] int apply() noexcept;

  private:
    struct Request; ///< one message under construction
    static void describe(Request& request, const Route& route) noexcept;

    static constexpr std::size_t capacity = 1024;
    static constexpr std::size_t max_requests = 16;

    int fd_ = -1;
    int error_ = 0; ///< a failure before apply()
    std::size_t used_ = 0;
    std::size_t count_ = 0;
    std::array<Need, max_requests> needs_{};
    alignas(8) std::array<std::byte, capacity> buffer_{};
};

} // namespace skiff::kernel
