#include "frontends/compose/load.hpp"

#include "frontends/compose/canonical.hpp"
#include "frontends/compose/dotenv.hpp"
#include "frontends/compose/find_files.hpp"
#include "frontends/compose/merge.hpp"
#include "frontends/compose/paths.hpp"
#include "frontends/compose/yaml_reader.hpp"

#include <algorithm>
#include <set>

// One file: parse, interpolate, make canonical. Then its services' extends, then onto the file before, then its includes below.

namespace skiff::compose {
namespace {

constexpr std::size_t max_includes = 64;

using Variables = std::map<std::string, std::string>;

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

std::string find_variable(const Variables& variables, const std::string& name)
{
    const auto found = variables.find(name);
    return found == variables.end() ? std::string{} : found->second;
}

Lookup lookup_in(const Variables& variables)
{
    return [&variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional{found->second};
    };
}

/// Adds what an env file sets and the variables so far do not.
void add_env_file(Variables& variables, const Variables& outer, const std::string& text, const std::string& file, ByteBudget& budget,
                  std::vector<std::string>& warnings)
{
    const OnUnset warn = [&](const std::string& name) {
        warnings.push_back(cat("The \"", name, "\" variable is not set. Defaulting to a blank string."));
    };
    for (const auto& [name, value] : read_dotenv(text, file, lookup_in(outer), warn, budget))
        if (value && !outer.contains(name))
            variables[name] = *value;
}

/// What a tree takes in memory, roughly.
std::size_t size_of(const Node& node)
{
    std::size_t size = sizeof node + node.text.size();
    for (const Node& item : node.items)
        size += size_of(item);
    for (const Node::Entry& entry : node.entries)
        size += entry.key.size() + size_of(entry.value);
    return size;
}

/// What is being loaded: the main files, or those of an include. Each has its own directory and variables.
struct Part
{
    std::string directory;
    Variables variables;
};

class Loader
{
  public:
    Loader(const World& world, const LoadRequest& request) : world_{world}, request_{request} {}

    Document load()
    {
        find_places();
        Part part{document_.directory, document_.variables};
        part.variables["COMPOSE_PROJECT_NAME"] = early_name();
        for (const std::string& file : document_.files)
            add_file(document_.model, file, part);
        if (document_.model.is_null())
            throw Error{ErrorKind::Failure, "empty compose file"};
        drop_commands(document_.model);
        finish_name();
        warn_of_unset();
        return std::move(document_);
    }

    Variables load_settings()
    {
        find_places_if_any();
        return document_.variables;
    }

  private:
    std::string absolute(const std::string& path) const
    {
        return path == "-" ? path : resolve_path(path, world_.directory, find_variable(world_.environment, "HOME"));
    }

    void find_places_if_any()
    {
        try {
            find_places();
        } catch (const Error&) { // COMPOSE_ variables of the process alone
            document_.variables = world_.environment;
        }
    }

    void find_places()
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
            if (file.starts_with("oci://") || is_remote_context(file))
                throw Error{ErrorKind::Failure, cat("compose files from elsewhere are not supported: ", file)}.with_hint("fetch it first, and name the file");
            document_.files.push_back(absolute(file));
        }
        if (base.empty())
            base = document_.files[0] == "-" ? world_.directory : directory_of(document_.files[0]);
        document_.directory = base;
        document_.env_files = read_env_files(document_.variables, base);
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
            files = {cat(base, "/.env")};
        if (!named && !world_.exists(files[0]) && base != world_.directory)
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
            add_env_file(variables, outer, *text, path, document_.budget, env_warnings_);
            read.push_back(path);
        }
        return read;
    }

    /// As far as it is known before the files are read.
    std::string early_name() const
    {
        if (!request_.project_name.empty())
            return request_.project_name;
        const std::string variable = find_variable(document_.variables, "COMPOSE_PROJECT_NAME");
        return variable.empty() ? normal_name(document_.directory.substr(document_.directory.rfind('/') + 1)) : variable;
    }

    void finish_name()
    {
        std::string name = request_.project_name;
        if (name.empty())
            name = find_variable(document_.variables, "COMPOSE_PROJECT_NAME");
        const std::string in_file = document_.model.text_of("name");
        if (name.empty())
            name = in_file;
        const bool named = !name.empty();
        if (!named)
            name = normal_name(document_.directory.substr(document_.directory.rfind('/') + 1));
        if (name.empty())
            throw Error{ErrorKind::Failure, "project name must not be empty"}.with_hint("give one with -p, or as name: in the file");
        if (name != normal_name(name))
            throw Error{ErrorKind::Failure,
                        cat("invalid project name ", quoted(name),
                            ": must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a "
                            "letter or number")};
        document_.name = name;
        document_.model.set("name", Node::make_text(name));
        document_.variables["COMPOSE_PROJECT_NAME"] = name;
    }

    void add_file(Node& model, const std::string& file, const Part& part)
    {
        for (Node& document : read_documents(file)) {
            if (document.is_null())
                continue;
            add_document(model, std::move(document), file, part);
        }
    }

    std::vector<Node> read_documents(const std::string& file)
    {
        const auto text = world_.find_file(file);
        if (!text)
            throw Error{ErrorKind::NotFound, cat("open ", file, ": no such file or directory")};
        return read_yaml(*text, shown(file));
    }

    /// As a person would call it: relative to the working directory where it is below.
    std::string shown(const std::string& file) const
    {
        const std::string prefix = world_.directory + "/";
        return file == "-" ? "(standard input)" : file.starts_with(prefix) ? file.substr(prefix.size()) : file;
    }

    void add_document(Node& model, Node document, const std::string& file, const Part& part)
    {
        interpolate_values(document, part);
        Node canonical = make_canonical(document, canonical_options(part.directory));
        extend_services(canonical, file, part);
        std::optional<Node> includes;
        if (Node* include = canonical.find("include"); include != nullptr) {
            includes = std::move(*include);
            canonical.erase("include");
        }
        if (model.is_null())
            model = Node::make_map();
        merge(model, std::move(canonical));
        if (includes)
            for (const Node& include : includes->items)
                add_include(model, include, file, part);
    }

    void interpolate_values(Node& document, const Part& part)
    {
        note_variables(document);
        if (!request_.interpolate)
            return;
        interpolate(document, counted(lookup_in(part.variables), document_.budget), [&](const std::string& name) { unset_.insert(name); });
    }

    void note_variables(const Node& node)
    {
        if (node.is_text() && node.text.find('$') != std::string::npos)
            try {
                for (Variable& variable : list_variables(node.text))
                    document_.used.push_back(std::move(variable));
            } catch (const Error&) { // interpolating it will say so
            }
        for (const Node& item : node.items)
            note_variables(item);
        for (const Node::Entry& entry : node.entries)
            note_variables(entry.value);
    }

    CanonicalOptions canonical_options(const std::string& directory)
    {
        return {request_.resolve_paths ? directory : std::string{}, find_variable(world_.environment, "HOME"), &document_.warnings};
    }

    // extends ------------------------------------------------------------------------------------------------

    /// A service with all that it stands on, and how many those are.
    struct Extended
    {
        Node service;
        std::size_t links = 0;
    };

    /// What has been made for the services of one file: each is made once.
    struct Made
    {
        std::map<std::pair<const Node*, std::string>, Extended> services; ///< by where it is listed, and its name
        std::map<std::string, Node> files;                                ///< those of others, by path
    };

    void extend_services(Node& document, const std::string& file, const Part& part)
    {
        Node* services = document.find("services");
        if (services == nullptr)
            return;
        Made made;
        for (const Node::Entry& entry : services->entries) {
            std::vector<std::string> chain;
            if (entry.value.find("extends") != nullptr)
                (void)extended(*services, entry.key, file, part, made, chain);
        }
        for (Node::Entry& entry : services->entries)
            if (const auto known = made.services.find({services, entry.key}); known != made.services.end())
                entry.value = std::move(known->second.service);
    }

    const Extended& extended(const Node& services, const std::string& name, const std::string& file, const Part& part, Made& made,
                             std::vector<std::string>& chain)
    {
        const auto [slot, is_new] = made.services.try_emplace({&services, name});
        const Node& own = *services.find(name);
        const Node* extends = own.find("extends");
        if (!is_new && std::find(chain.begin(), chain.end(), cat(file, ":", name)) != chain.end())
            throw error_at(extends->place, cat("Circular reference: service ", quoted(name), " extends itself"));
        if (!is_new)
            return slot->second;
        if (extends == nullptr) {
            slot->second.service = own;
            return slot->second;
        }
        chain.push_back(cat(file, ":", name));
        const Extended& base = base_of(services, name, *extends, file, part, made, chain);
        chain.pop_back();
        slot->second.links = base.links + 1;
        require_links(slot->second.links, *extends, name);
        slot->second.service = put_together(base.service, own, extends->place);
        return slot->second;
    }

    const Extended& base_of(const Node& services, const std::string& name, const Node& extends, const std::string& file, const Part& part, Made& made,
                            std::vector<std::string>& chain)
    {
        require_links(chain.size(), extends, name);
        const std::string base_name = extends.text_of("service");
        if (base_name.empty())
            throw error_at(extends.place, cat("services.", name, ".extends needs a service"));
        const std::string base_file = extends.text_of("file");
        if (base_file.empty() || base_file == file) {
            require_base(services, base_name, name, file, extends.place);
            return extended(services, base_name, file, part, made, chain);
        }
        const std::string path = resolve_path(base_file, part.directory, find_variable(world_.environment, "HOME"));
        auto other = made.files.find(path);
        if (other == made.files.end())
            other = made.files.emplace(path, load_for_extends(path, part, extends.place)).first;
        const Node* other_services = other->second.find("services");
        static const Node empty = Node::make_map();
        const Node& known = other_services == nullptr ? empty : *other_services;
        require_base(known, base_name, name, path, extends.place);
        return extended(known, base_name, path, {directory_of(path), part.variables}, made, chain);
    }

    static void require_links(std::size_t links, const Node& extends, const std::string& name)
    {
        if (links > max_links)
            throw error_at(extends.place, cat("service ", quoted(name), " stands on more than ", max_links, " others by extends"));
    }

    Node put_together(Node base, Node service, const Place& place)
    {
        document_.budget.take(size_of(base), place);
        base.erase("extends");
        service.erase("extends");
        static constexpr Key service_key{"service", Form::Table, &service_table};
        const Node::Command command = service.command;
        service.command = Node::Command::None;
        merge(base, std::move(service), service_key);
        base.command = command;
        return base;
    }

    static void require_base(const Node& services, const std::string& base, const std::string& name, const std::string& file, const Place& place)
    {
        if (services.find(base) == nullptr)
            throw error_at(place, cat("cannot extend service ", quoted(name), " in ", file, ": service ", quoted(base), " not found in ", file));
    }

    Node load_for_extends(const std::string& path, const Part& part, const Place& place)
    {
        if (!world_.exists(path))
            throw error_at(place, cat("cannot extend: open ", path, ": no such file or directory"));
        std::vector<Node> documents = read_documents(path);
        Node model = Node::make_map();
        for (Node& document : documents) {
            interpolate_values(document, part);
            merge(model, make_canonical(document, canonical_options(directory_of(path))));
        }
        return model;
    }

    // include ------------------------------------------------------------------------------------------------

    void add_include(Node& model, const Node& include, const std::string& from, const Part& part)
    {
        const Node* paths = include.find("path");
        if (paths == nullptr || paths->items.empty())
            throw error_at(include.place, "include needs a path");
        const auto full = [&](const Node& node) { return resolve_path(node.text, part.directory, find_variable(world_.environment, "HOME")); };
        const std::string first = full(paths->items[0]);
        if (first == from || std::find(including_.begin(), including_.end(), first) != including_.end())
            throw error_at(include.place, cat("include cycle detected: ", from, " includes ", first));
        if (++includes_ > max_includes)
            throw error_at(include.place, cat("more than ", max_includes, " includes"));
        for (const auto& [name, value] : part.variables)
            document_.budget.take(name.size() + value.size(), include.place);
        Part own{directory_of(first), part.variables};
        if (const Node* directory = include.find("project_directory"); directory != nullptr)
            own.directory = full(*directory);
        add_include_variables(own, include, part);
        including_.push_back(from);
        including_.push_back(first);
        Node included;
        for (const Node& path : paths->items) {
            const std::string file = full(path);
            if (!world_.exists(file))
                throw error_at(path.place, cat("include: open ", file, ": no such file or directory"));
            add_file(included, file, own);
        }
        including_.pop_back();
        including_.pop_back();
        if (included.is_null())
            return;
        included.erase("name");
        put_below(model, std::move(included), shown(first));
    }

    void add_include_variables(Part& own, const Node& include, const Part& part)
    {
        std::vector<std::string> files;
        if (const Node* named = include.find("env_file"); named != nullptr)
            for (const Node& item : named->items)
                files.push_back(resolve_path(item.text, part.directory, find_variable(world_.environment, "HOME")));
        else if (world_.exists(own.directory + "/.env"))
            files.push_back(own.directory + "/.env");
        for (const std::string& file : files) {
            if (file == "/dev/null")
                continue;
            const auto text = world_.find_file(file);
            if (!text)
                throw error_at(include.place, cat("env file ", file, " not found"));
            add_env_file(own.variables, part.variables, *text, file, document_.budget, env_warnings_);
        }
    }

    /// What includes goes on top of what is included.
    void put_below(Node& model, Node included, const std::string& file)
    {
        for (const Node::Entry& section : included.entries)
            if (const Node* own = model.find(section.key); own != nullptr && section.key == "services")
                for (const Node::Entry& entry : section.value.entries)
                    if (own->find(entry.key) != nullptr && !(*own->find(entry.key) == entry.value))
                        document_.warnings.push_back(cat("service ", quoted(entry.key), " of ", file, " is defined here, too: both are merged"));
        drop_commands(included);
        merge(included, std::move(model));
        model = std::move(included);
    }

    void warn_of_unset()
    {
        for (const std::string& name : unset_)
            document_.warnings.push_back(cat("The \"", name, "\" variable is not set. Defaulting to a blank string."));
        document_.warnings.insert(document_.warnings.end(), env_warnings_.begin(), env_warnings_.end());
        // What is read twice is told once.
        std::vector<std::string> once;
        for (std::string& warning : document_.warnings)
            if (std::find(once.begin(), once.end(), warning) == once.end())
                once.push_back(std::move(warning));
        document_.warnings = std::move(once);
    }

    const World& world_;
    const LoadRequest& request_;
    Document document_;
    std::set<std::string> unset_;
    std::vector<std::string> env_warnings_;
    std::vector<std::string> including_;
    std::size_t includes_ = 0;
};

} // namespace

Document load_document(const World& world, const LoadRequest& request) { return Loader{world, request}.load(); }

std::map<std::string, std::string> load_variables(const World& world, const LoadRequest& request)
{
    return Loader{world, request}.load_settings();
}

std::string normal_name(const std::string& text)
{
    std::string name;
    for (const char c : text) {
        const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        const bool letter = (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9');
        if (letter || ((small == '_' || small == '-') && !name.empty()))
            name += small;
    }
    return name;
}

} // namespace skiff::compose
