#include "base/error.hpp"
#include "frontends/compose/dotenv.hpp"
#include "frontends/compose/project.hpp"
#include "frontends/compose/render.hpp"

#include "require.hpp"

#include <cstdint>

using namespace skiff;

namespace {

/// The input is the compose file, its env file and its override.
class FuzzWorld : public compose::World
{
  public:
    explicit FuzzWorld(std::string_view input) : text_{input} { directory = "/fuzz"; }
    [[nodiscard]] std::optional<std::string> find_file(const std::string& path) const override
    {
        return exists(path) ? std::optional{text_} : std::nullopt;
    }
    [[nodiscard]] std::optional<std::string> find_small_file(const std::string& path, std::size_t limit) const override
    {
        auto text = find_file(path);
        return text && text->size() < limit ? text : std::nullopt;
    }
    [[nodiscard]] bool exists(const std::string& path) const override
    {
        return path == "/fuzz/compose.yaml" || path == "/fuzz/compose.override.yaml" || path == "/fuzz/.env" || path == "/fuzz/other.yaml";
    }

    [[nodiscard]] std::string stranger_of(const std::string& /*path*/) const override { return {}; }

  private:
    std::string text_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const compose::Lookup lookup = [](const std::string& name) { return name == "A" ? std::optional<std::string>{"a"} : std::nullopt; };
    const compose::OnUnset ignore = [](const std::string&) {};
    compose::ByteBudget budget;
    try {
        for (const auto& [name, value] : compose::read_dotenv(input, "fuzz.env", lookup, ignore, budget))
            require(!name.empty());
    } catch (const Error&) { // a malformed line
    }
    for (const bool with_env : {true, false}) {
        try {
            FuzzWorld world{input};
            if (!with_env)
                world.environment["COMPOSE_DISABLE_ENV_FILE"] = "1";
            compose::Project project = compose::make_project(world, compose::load_document(world, {}), {});
            compose::read_env_files(project, world, {}, true);
            for (const compose::Service& service : project.services)
                require(service.hash.size() == 64);
            (void)compose::fingerprint_text(project.model);
        } catch (const Error&) { // malformed
        }
    }
    return 0;
}
