#include "frontends/compose/places.hpp"

#include "frontends/compose/find_files.hpp"
#include "frontends/compose/paths.hpp"
#include "frontends/compose/variables.hpp"
#include "text/address.hpp"

#include <algorithm>

namespace skiff::compose {
namespace {

std::vector<std::string> split(std::string_view text, std::string_view separator)
{
    std::vector<std::string> pieces;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end > 0)
            pieces.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + separator.size(), text.size()));
    }
    return pieces;
}

class Finder
{
  public:
    Finder(const World& world, const LoadRequest& request, Document& document) : world_{world}, request_{request}, document_{document} {}

    void find()
    {
        std::vector<std::string> files = request_.files;
        document_.variables = world_.environment;
        if (files.empty())
            files = files_of_variable(world_.environment);
        std::string base = request_.project_directory.empty() ? std::string{} : absolute(request_.project_directory);
        // COMPOSE_FILE may stand in the .env file of the working directory.
        if (files.empty()) {
            Variables settings = world_.environment;
            read_env_files(settings, base.empty() ? world_.directory : base);
            files = files_of_variable(settings);
        }
        if (files.empty())
            files = find_compose_files(world_, base.empty() ? world_.directory : base, document_.warnings);
        for (const std::string& file : files) {
            if (text::is_remote_address(file))
                throw Error{ErrorKind::Failure, cat("compose files from elsewhere are not supported: ", file)}.with_hint("fetch it first, and name the file");
            document_.files.push_back(absolute(file));
        }
        if (base.empty())
            base = document_.files[0] == "-" ? world_.directory : directory_of(document_.files[0]);
        document_.directory = base;
        document_.env_files = read_env_files(document_.variables, base);
    }

  private:
    std::string absolute(const std::string& path) const
    {
        if (path == "-")
            return path;
        if (world_.directory.empty() && !path.starts_with('/') && !path.starts_with('~'))
            throw Error{ErrorKind::Failure, cat(quoted(path), " stands for nothing: the working directory was removed")}.with_hint(
                "name it with an absolute path, or go to another directory");
        return resolve_path(path, world_.directory, find_variable(world_.environment, "HOME"));
    }

    std::vector<std::string> files_of_variable(const Variables& variables) const
    {
        const std::string separator = find_variable(variables, "COMPOSE_PATH_SEPARATOR");
        return split(find_variable(variables, "COMPOSE_FILE"), separator.empty() ? ":" : separator);
    }

    std::vector<std::string> read_env_files(Variables& variables, const std::string& base)
    {
        std::vector<std::string> files = request_.env_files;
        if (files.empty())
            files = split(find_variable(world_.environment, "COMPOSE_ENV_FILES"), ",");
        const bool named = !files.empty();
        const std::string disabled = find_variable(world_.environment, "COMPOSE_DISABLE_ENV_FILE");
        if (!named && !disabled.empty() && is_true_word(disabled))
            return {};
        if (!named)
            files = {cat(base, "/.env")}; // of a directory that was removed: none
        if (!named && !world_.exists(files[0]) && base != world_.directory && !world_.directory.empty())
            files = {cat(world_.directory, "/.env")};
        std::vector<std::string> read;
        const Variables outer = world_.environment;
        for (const std::string& file : files) {
            const std::string path = absolute(file);
            const auto text = world_.find_file(path);
            if (!text && named)
                throw Error{ErrorKind::Failure, cat("couldn't find env file: ", path)};
            if (!text)
                continue;
            add_env_file(variables, outer, *text, path, document_.budget, document_.warnings);
            read.push_back(path);
        }
        return read;
    }

    const World& world_;
    const LoadRequest& request_;
    Document& document_;
};

} // namespace

void find_places(const World& world, const LoadRequest& request, Document& document) { Finder{world, request, document}.find(); }

} // namespace skiff::compose
