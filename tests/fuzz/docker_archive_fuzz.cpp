// manifest.json of an archive as `docker save` writes it: what it names stays in the archive.

#include "base/error.hpp"
#include "base/file.hpp"
#include "registry/docker_archive.hpp"

#include "require.hpp"

#include <cstdint>
#include <sys/mman.h>

using namespace skiff;
using namespace skiff::registry;

namespace {

FilePiece make_piece(std::string_view content)
{
    auto file = std::make_shared<const UniqueFd>(::memfd_create("file", MFD_CLOEXEC));
    write_all(file->get(), content, "file");
    return {file, 0, content.size()};
}

class ThreeFiles final : public ImageFiles
{
  public:
    explicit ThreeFiles(std::string_view manifest) : manifest_{make_piece(manifest)} {}

    [[nodiscard]] std::optional<FilePiece> find(const std::string& path) const override
    {
        static const FilePiece config = make_piece(
            R"({"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:0000000000000000000000000000000000000000000000000000000000000000"]}})");
        static const FilePiece layer = make_piece("layer");
        if (path == "manifest.json")
            return manifest_;
        if (path == "c")
            return config;
        if (path == "l")
            return layer;
        return std::nullopt;
    }

  private:
    FilePiece manifest_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        const auto files = std::make_shared<const ThreeFiles>(std::string_view{reinterpret_cast<const char*>(data), size});
        for (const LocalImage& image : read_docker_archive(files, "fuzz")) {
            require(!image.document.empty());
            for (const oci::Reference& name : image.names)
                require(oci::Reference::parse_normalized(name.text()).text() == name.text());
        }
    } catch (const Error&) { // refused
    }
    return 0;
}
