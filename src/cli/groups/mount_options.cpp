#include "cli/groups/container_options.hpp"

#include "cli/values.hpp"
#include "cli/values_mount.hpp"

namespace skiff::cli {
namespace {

constexpr Option mounts[] = {
    option<&CreateRequest::image_volumes>("image-volume", 0, "MODE",
                                          "What becomes of the image's volumes: bind or anonymous, tmpfs, ignore")
        .defaults("bind")
        .suggests("bind, anonymous, tmpfs, ignore"),
    option<&CreateRequest::mounts, add_mount>("mount", 0, "type=TYPE,...",
                                              "Mount: bind, volume, tmpfs, image, glob or devpts")
        .many(),
    option<&CreateRequest::read_only>("read-only", 0, "", "Make the root file system read-only"),
    option<&CreateRequest::read_only_tmpfs>("read-only-tmpfs", 0, "", "Then mount a tmpfs on /run, /tmp and /var/tmp")
        .defaults("true"),
    option<&CreateRequest::shm_size_bytes, read_shm_size>("shm-size", 0, "SIZE", "Size of /dev/shm").defaults("65536k"),
    refused("shm-size-systemd", 0, "SIZE", "tmpfs mounts for systemd have the kernel's default size"),
    option<&CreateRequest::mounts, read_tmpfs>("tmpfs", 0, "DIR[:OPTIONS]", "Mount a tmpfs").many(),
    option<&CreateRequest::mounts, read_volume>("volume", 'v', "[SOURCE:]DIR[:OPTIONS]",
                                                "Mount a volume or a directory of the host")
        .many()
        .completes(Completes::Volumes),
    option<&CreateRequest::volumes_from>("volumes-from", 0, "CONTAINER[:OPTIONS]",
                                         "Mount what another container mounts")
        .many()
        .completes(Completes::Containers),
};

} // namespace

const OptionGroup mount_options{"Mount", mounts};

} // namespace skiff::cli
