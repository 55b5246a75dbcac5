#include "engine/engine.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "rootfs/driver_choice.hpp"
#include "rootfs/storage_location.hpp"

#include <algorithm>
#include <cstdlib>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

extern char** environ;

namespace skiff::engine {
namespace {

/// What is said once in a store's life leaves an empty file there. False when it has been said, or cannot be marked: then rather never
/// than always.
bool try_mark_told(const store::Root& root, const char* what)
{
    try {
        const UniqueFd told = make_directory_at(root.data(), "told");
        return UniqueFd{::openat(told.get(), what, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)}.get() >= 0;
    } catch (const Error& error) {
        log::debug(cat("remembering what was said: ", error.message(), "; ignored"));
        return false;
    }
}

std::string describe_place(const Locations& locations)
{
    std::string text = cat("images and containers are kept in ", locations.data_dir);
    for (const std::string& note : locations.data_notes)
        text += cat("; ", note);
    return text;
}

} // namespace

Engine::Engine(EngineOptions options) : options_{std::move(options)}, uid_{::getuid()}, gid_{::getgid()} {}
Engine::~Engine() = default;

const Settings& Engine::settings()
{
    if (!settings_) {
        SettingsPlaces places = SettingsPlaces::from_environment();
        places.modules = options_.modules;
        settings_ = load_settings(places);
        for (const std::string& variable : settings_->engine_env) // as Podman: [engine] env is our own environment
            if (const std::size_t equals = variable.find('='); equals != std::string::npos && equals > 0)
                ::setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1); // NOLINT(concurrency-mt-unsafe)
    }
    return *settings_;
}

const Locations& Engine::locations()
{
    if (!locations_) {
        const rootfs::StorageFacts facts = rootfs::load_storage_facts();
        const rootfs::StorageLocation data = rootfs::choose_data_dir(facts, options_.root);
        const rootfs::StorageLocation run = rootfs::choose_run_dir(facts, data.path, options_.run_root);
        locations_ = Locations{data.path, data.why, run.path, run.why, data.notes, run.notes};
    }
    return *locations_;
}

store::Store& Engine::store()
{
    if (!store_) {
        store::StorePaths paths{locations().data_dir, locations().run_dir, [this] { return find_image_stores(); }, options_.share_store};
        store_.emplace(store::Store::open(paths));
        if (!locations().data_notes.empty() && try_mark_told(store_->root(), "location"))
            log::warn(describe_place(locations()));
    }
    return *store_;
}

std::vector<store::OtherStorePath> Engine::find_image_stores()
{
    std::vector<store::OtherStorePath> stores;
    for (const std::string& path : options_.image_stores)
        stores.push_back({path, true});
    const std::vector<std::string> configured =
        settings_ ? settings_->additional_image_stores : load_image_stores(SettingsPlaces::from_environment());
    for (const std::string& path : configured)
        stores.push_back({path, false});
    return stores;
}

rootfs::Driver Engine::driver()
{
    if (driver_)
        return driver_->driver;
    const std::string& asked = options_.storage_driver;
    // The names that Podman and Docker have for the same ideas.
    const auto find = [](const std::string& name) {
        if (name == "overlay2")
            return std::optional{rootfs::Driver::Overlay};
        return name == "vfs" ? std::optional{rootfs::Driver::Copy} : rootfs::find_driver(name);
    };
    if (!asked.empty()) {
        const auto driver = find(asked);
        if (!driver)
            throw Error{ErrorKind::Usage, cat("unknown storage driver ", quoted(asked))}.with_hint(
                "there are overlay, fuse-overlayfs and copy");
        driver_ = rootfs::DriverChoice{*driver, "--storage-driver asks for it"};
        return *driver;
    }
    // storage.conf's usual "overlay" means no more than the default here; only a copying driver is a wish of its own.
    if (const auto& setting = settings().storage_driver; setting && find(*setting) == rootfs::Driver::Copy) {
        driver_ = rootfs::DriverChoice{rootfs::Driver::Copy, cat("storage.conf asks for ", quoted(*setting))};
        return driver_->driver;
    }
    enter_user_namespace(); // the probe mounts
    driver_ = rootfs::choose_driver(store().root().data_path());
    return driver_->driver;
}

std::string Engine::driver_reason()
{
    (void)driver();
    return driver_->why;
}

const kernel::IdentityPlan& Engine::identity()
{
    if (user_namespace_)
        return user_namespace_->plan;
    if (!identity_)
        identity_ = store().root().is_shared() ? kernel::plan_single_identity({})
                                               : kernel::plan_identity();
    return *identity_;
}

const UserNamespace& Engine::enter_user_namespace()
{
    if (!user_namespace_) {
        const std::string run_dir = store().root().run_path();
        user_namespace_ = engine::enter_user_namespace(run_dir, identity());
        const std::string& notice = user_namespace_->plan.notice;
        if (user_namespace_->plan.single_id && !notice.empty() && try_mark_told(store().root(), "single-id"))
            log::warn(notice);
    }
    return *user_namespace_;
}

const Account& Engine::account()
{
    if (!account_) {
        Account account{uid_, gid_, std::to_string(uid_), std::to_string(gid_), "", "/"};
        if (const passwd* entry = ::getpwuid(uid_)) { // NOLINT(concurrency-mt-unsafe): single-threaded
            account.name = entry->pw_name;
            account.gecos = entry->pw_gecos == nullptr ? "" : entry->pw_gecos;
            account.home = entry->pw_dir;
        }
        if (const ::group* entry = ::getgrgid(gid_)) // NOLINT(concurrency-mt-unsafe): single-threaded
            account.group = entry->gr_name;
        account_ = account;
    }
    return *account_;
}

CallerFacts Engine::caller(bool for_auto)
{
    CallerFacts facts;
    facts.uid = uid_;
    facts.gid = gid_;
    for (char** entry = environ; *entry != nullptr; ++entry)
        facts.environment.emplace_back(*entry);
    facts.single_id = identity().single_id;
    facts.oom_score_adj = std::atoi(find_file(AT_FDCWD, "/proc/self/oom_score_adj", 64).value_or("0").c_str());
    facts.id_count = 0;
    for (const IdRange& range : identity().map.uids)
        facts.id_count = std::max(facts.id_count, range.inside + range.size);
    if (for_auto)
        for (const store::ContainerRecord& record : store().containers().list())
            if (record.config.userns.mode == UsernsChoice::Mode::Auto)
                facts.taken_ids.insert(facts.taken_ids.end(), record.config.id_map.uids.begin(), record.config.id_map.uids.end());
    return facts;
}

} // namespace skiff::engine
