#include "cli/compose/project_lock.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "frontends/compose/state.hpp"

#include <unistd.h>

namespace skiff::cli {

std::string ProjectLock::file_name() const { return cat("compose-", project_, ".lock"); }

UniqueFd ProjectLock::open_directory() const
{
    const std::string& directory = engine_.locations().run_dir;
    make_directories(directory);
    return open_at(AT_FDCWD, directory, O_PATH | O_DIRECTORY);
}

void ProjectLock::lock()
{
    if (try_take())
        return;
    const std::string text = cat("Waiting for another command that changes the project ", quoted(project_), " ...\n");
    (void)!::write(STDERR_FILENO, text.data(), text.size());
    lock_ = FileLock::acquire(open_directory().get(), file_name(), FileLock::Mode::Exclusive);
}

bool ProjectLock::try_take()
{
    lock_ = FileLock::try_acquire(open_directory().get(), file_name(), FileLock::Mode::Exclusive);
    return is_held();
}

void ProjectLock::unlock()
{
    if (!is_held())
        return;
    try {
        remove_file_at(open_directory().get(), file_name());
    } catch (const Error&) { // an empty file stays behind; nobody minds
    }
    lock_.reset();
}

void ProjectLock::give()
{
    known_ = list_containers();
    unlock();
}

Job::Gate ProjectLock::check() const
{
    const auto present = list_containers();
    for (const auto& [id, name] : known_)
        if (!present.contains(id))
            return {Job::Gate::State::Blocked, cat("container ", name, " was removed by another command while this one waited"),
                    "the same command makes again what is missing"};
    return {};
}

std::map<std::string, std::string> ProjectLock::list_containers() const
{
    std::map<std::string, std::string> names;
    for (const compose::Existing& one : compose::list_existing(engine_, project_))
        if (!one.one_off) // those come and go
            names.emplace(one.id, one.name);
    return names;
}

} // namespace skiff::cli
