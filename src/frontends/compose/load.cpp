#include "frontends/compose/load.hpp"

#include "frontends/compose/extends.hpp"
#include "frontends/compose/file_reader.hpp"
#include "frontends/compose/merge.hpp"
#include "frontends/compose/paths.hpp"
#include "frontends/compose/places.hpp"
#include "frontends/compose/project_name.hpp"

#include <algorithm>

// One file: parse, interpolate, make canonical. Then its services' extends, then onto the file before, then its includes below.

namespace skiff::compose {
namespace {

constexpr std::size_t max_includes = 64;

class Loader
{
  public:
    Loader(const World& world, const LoadRequest& request) : request_{request}, reader_{world, request, document_}
    {
        document_.budget = ByteBudget{request.budget_bytes};
        find_places(world, request, document_);
    }

    Document load()
    {
        Part part{document_.directory, document_.variables};
        part.variables["COMPOSE_PROJECT_NAME"] = find_early_name(document_, request_);
        for (const std::string& file : document_.files)
            add_file(document_.model, file, part);
        if (document_.model.is_null())
            throw Error{ErrorKind::Failure, cat(reader_.shown(document_.files[0]), ": empty compose file")}.with_hint("it begins with services:");
        drop_commands(document_.model);
        choose_name(document_, request_);
        reader_.finish_warnings();
        return std::move(document_);
    }

  private:
    void add_file(Node& model, const std::string& file, const Part& part)
    {
        for (Node& document : reader_.read(file, part))
            add_document(model, std::move(document), file, part);
    }

    void add_document(Node& model, Node document, const std::string& file, const Part& part)
    {
        extend_services(document, file, part, reader_);
        std::optional<Node> includes;
        if (Node* include = document.find("include"); include != nullptr) {
            includes = std::move(*include);
            document.erase("include");
        }
        if (model.is_null())
            model = Node::make_map();
        merge(model, std::move(document));
        if (includes)
            for (const Node& include : includes->items)
                add_include(model, include, file, part);
    }

    void add_include(Node& model, const Node& include, const std::string& from, const Part& part)
    {
        const Node* paths = include.find("path");
        if (paths == nullptr || paths->items.empty())
            throw error_at(include.place, "include needs a path");
        const std::string first = reader_.resolve(paths->items[0].text, part.directory);
        require_no_cycle(first, from, include.place);
        const Part own = make_part(first, include, part);
        including_.push_back(from);
        including_.push_back(first);
        Node included;
        for (const Node& path : paths->items) {
            const std::string file = reader_.resolve(path.text, part.directory);
            if (!reader_.exists(file))
                throw error_at(path.place, cat("include: open ", file, ": no such file or directory"));
            add_file(included, file, own);
        }
        including_.pop_back();
        including_.pop_back();
        if (included.is_null())
            return;
        included.erase("name");
        put_below(model, std::move(included), reader_.shown(first));
    }

    void require_no_cycle(const std::string& file, const std::string& from, const Place& place)
    {
        if (file == from || std::find(including_.begin(), including_.end(), file) != including_.end())
            throw error_at(place, cat("include cycle detected: ", reader_.shown(from), " includes ", reader_.shown(file)));
        if (++includes_ > max_includes)
            throw error_at(place, cat("more than ", max_includes, " includes"));
    }

    /// The directory and variables of what is included: its own .env stands behind the variables of what includes it.
    Part make_part(const std::string& first, const Node& include, const Part& part)
    {
        for (const auto& [name, value] : part.variables)
            document_.budget.take(name.size() + value.size(), include.place);
        Part own{directory_of(first), part.variables};
        if (const Node* directory = include.find("project_directory"); directory != nullptr)
            own.directory = reader_.resolve(directory->text, part.directory);
        std::vector<std::string> files;
        if (const Node* named = include.find("env_file"); named != nullptr)
            for (const Node& item : named->items)
                files.push_back(reader_.resolve(item.text, part.directory));
        else if (reader_.exists(own.directory + "/.env"))
            files.push_back(own.directory + "/.env");
        for (const std::string& file : files)
            if (file != "/dev/null")
                add_env_file(own.variables, part.variables, reader_.read_env_file(file, include.place), file, document_.budget, document_.warnings);
        return own;
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

    const LoadRequest& request_;
    Document document_;
    FileReader reader_;
    std::vector<std::string> including_;
    std::size_t includes_ = 0;
};

} // namespace

Document load_document(const World& world, const LoadRequest& request) { return Loader{world, request}.load(); }

} // namespace skiff::compose
