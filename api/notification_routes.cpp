// What a user was told (SPEC ACT-5): his inbox, newest first, as far as he may see the deals now; what he has read of it; and live.

#include <algorithm>
#include <charconv>

#include "api/app.h"
#include "api/ask.h"
#include "api/describe.h"
#include "api/event_stream.h"
#include "api/execute.h"
#include "api/export.h"
#include "api/object.h"
#include "api/problem.h"
#include "api/resources.h"

namespace dealog::api {
namespace {

using projections::no_row;
using projections::Notice;
using projections::Row;
using projections::World;

// The inbox of one user, in a world and under his rights of now.
class Inbox {
 public:
  Inbox(const World& world, const World& live, const projections::Reader& reader) : world_(world), live_(live), reader_(reader), user_(live.handle(reader.user)) {
    const Row row = live.row(Kind::user, user_);
    const std::int64_t read = row == no_row ? projections::null_number : live.table(Kind::user).numbers(field::user::notifications_read)[row];
    if (read != projections::null_number) read_up_to_ = static_cast<Position>(read);
  }

  Position read_up_to() const { return read_up_to_; }

  // Newest first, until `visit` returns false.
  void for_each(const std::function<bool(const Notice&)>& visit) const {
    world_.for_each_notice(user_, [&](const Notice& notice) { return !is_seen(notice) || visit(notice); });
  }

  std::uint64_t unread() const {
    std::uint64_t count = 0;
    world_.for_each_notice(user_, [&](const Notice& notice) {
      if (notice.position <= read_up_to_) return false;
      count += is_seen(notice);
      return true;
    });
    return count;
  }

  void write(JsonWriter& json, const Notice& notice) const {
    const projections::Table& deals = live_.table(Kind::deal);
    const Row row = live_.row(Kind::deal, notice.deal);
    const bool is_action = notice.type == Notice::Type::action_completed;
    json.object().field("position", notice.position).field("type", is_action ? std::string_view("action_completed") : std::string_view("access_requested"));
    json.field("at", notice.effective).field("recorded_at", notice.recorded).field("by", live_.id(notice.by));
    json.field("deal_id", live_.id(notice.deal)).field("deal_name", deals.text(field::deal::name, row)).key("action_id");
    if (is_action) json.value(live_.id(notice.action));
    else json.null();
    json.key("action_name");
    if (const event::Action* action = is_action ? find_action(notice) : nullptr) json.value(action->name);
    else json.null();
    json.field("is_read", notice.position <= read_up_to_).end();
  }

 private:
  bool is_seen(const Notice& notice) const {
    const Row row = live_.row(Kind::deal, notice.deal);
    return row != no_row && live_.table(Kind::deal).presence()[row] == 1 && may_see(live_, reader_, Kind::deal, row);
  }
  // As the process says now; null when it has no such action any more.
  const event::Action* find_action(const Notice& notice) const {
    const projections::ProcessInfo* process = live_.process(notice.process);
    if (process == nullptr) return nullptr;
    const Uuid id = live_.id(notice.action);
    for (const event::Stage& stage : process->stages)
      for (const event::Action& action : stage.actions)
        if (action.id == id) return &action;
    return nullptr;
  }

  const World& world_;
  const World& live_;
  projections::Reader reader_;
  projections::Handle user_;
  Position read_up_to_ = 0;
};

// For a client that stays.
class NotificationSource final : public StreamSource {
 public:
  NotificationSource(std::shared_ptr<Principal> principal, Position after) : principal_(std::move(principal)), after_(after) {}

  Collected collect() override {
    constexpr std::size_t most = 200;
    const auto live = principal_->account->world();
    const Inbox inbox(*live, *live, {.user = principal_->user, .role = principal_->role});
    std::vector<Notice> fresh;   // newest first
    inbox.for_each([&](const Notice& notice) {
      if (notice.position > after_) fresh.push_back(notice);
      return notice.position > after_;
    });
    Collected collected{.text = {}, .more = fresh.size() > most};
    const std::size_t count = std::min(fresh.size(), most);
    for (std::size_t i = 0; i < count; ++i) {
      const Notice& notice = fresh[fresh.size() - 1 - i];
      JsonWriter json;
      inbox.write(json, notice);
      append_message(collected.text, notice.position, std::move(json).text());
      after_ = notice.position;
    }
    if (!collected.more) after_ = std::max(after_, live->position());
    return collected;
  }

 private:
  std::shared_ptr<Principal> principal_;
  Position after_;
};

struct NoticesAsked { std::uint64_t limit = 50; Position before = UINT64_MAX; };

NoticesAsked read_page_of(const Question& question, Faults& faults) {
  NoticesAsked asked;
  for (const auto& [name, value] : question.parameters) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool is_number = error == std::errc() && end == value.data() + value.size();
    if (name == "limit") {
      asked.limit = number;
      if (!is_number || number < 1 || number > 1000) faults.unreadable("/limit", "a number from 1 to 1000");
    } else if (name == "cursor") {
      asked.before = number;
      if (!is_number) faults.unreadable("/cursor", "a cursor of this server");
    } else {
      faults.unknown_parameter(name);
    }
  }
  return asked;
}

Response stream_notifications(Call& call, const Question& question) {
  if (!question.parameters.empty() || question.historical) return problem(Problem::bad_request, "A live stream takes no parameters.");
  const auto after = resume_position(call.request, question.live->position());
  if (!after) return problem(Problem::bad_request, "Last-Event-ID takes the position of a notification.");
  return event_stream(*call.app, call.principal, std::make_shared<NotificationSource>(call.principal, *after));
}

Response list_notifications(Call& call, const Question& question) {
  if (wants_stream(call.request)) return stream_notifications(call, question);
  Faults faults;
  const NoticesAsked asked = read_page_of(question, faults);
  if (!faults.empty()) return problem(faults);
  const Inbox inbox(*question.world, *question.live, question.asked.reader);
  JsonWriter json;
  json.object().key("data").array();
  std::uint64_t rows = 0;
  Position last = 0;
  bool has_more = false;
  inbox.for_each([&](const Notice& notice) {
    if (notice.position >= asked.before) return true;
    has_more = rows == asked.limit;
    if (has_more) return false;
    inbox.write(json, notice);
    last = notice.position;
    ++rows;
    return true;
  });
  json.end().field("unread", inbox.unread()).field("read_up_to", inbox.read_up_to()).key("page").object().key("next_cursor");
  if (has_more) json.value(std::to_string(last));
  else json.null();
  json.field("has_more", has_more).end().end();
  return ok(std::move(json).text());
}

asio::awaitable<Response> notifications(Call& call) {
  std::function<Response(const Question&)> answer = [&call](const Question& question) { return list_notifications(call, question); };
  asio::awaitable<Response> asked = ask(call, std::move(answer), false);
  co_return co_await std::move(asked);
}

struct ReadBody {
  std::int64_t up_to = 0;
  static constexpr std::string_view type_name = "NotificationsRead";
  static constexpr auto describe() {
    return std::tuple{member("up_to", &ReadBody::up_to).range(0, INT64_MAX).doc("The position of the newest that was read; what is older is read too")};
  }
};

asio::awaitable<Response> read_notifications(Call& call) {
  const auto body = decode<ReadBody>(call);
  Command command = command::ReadNotifications{call.principal->user, static_cast<Position>(body.up_to)};
  Render render = [](Account& account, const eventstore::Accepted& accepted) {
    const View user = account.shown(accepted.object, UINT32_MAX).view;
    JsonWriter json;
    json.object().field("read_up_to", user.number(field::user::notifications_read)).end();
    return ok(std::move(json).text());
  };
  asio::awaitable<Response> executed = execute(call, std::move(command), {}, std::move(render));
  co_return co_await std::move(executed);
}

SchemaMaker inbox_schema() {
  return json_schema("Inbox", R"({"type":"object","required":["data","unread","read_up_to","page"],"properties":{
    "data":{"type":"array","items":{"type":"object","properties":{"position":{"type":"integer"},
      "type":{"type":"string","enum":["action_completed","access_requested"]},"at":{"type":"string","format":"date-time"},
      "recorded_at":{"type":"string","format":"date-time"},"by":{"type":["string","null"],"format":"uuid"},
      "deal_id":{"type":"string","format":"uuid"},"deal_name":{"type":"string"},"action_id":{"type":["string","null"],"format":"uuid"},
      "action_name":{"type":["string","null"]},"is_read":{"type":"boolean"}}}},
    "unread":{"type":"integer"},"read_up_to":{"type":"integer"},"page":{"$ref":"#/components/schemas/Page"}}})");
}

}  // namespace

void add_notification_routes(Routes& routes) {
  routes.add(exported({.method = Method::get, .path = "/v1/notifications", .operation_id = "listNotifications", .tag = "notifications",
              .summary = "What you were told, newest first, with the number of what is unread; or live",
              .doc = "With Accept: text/event-stream a stream of server-sent events: the id is the position, Last-Event-ID resumes, without it "
                     "it begins now.",
              .shape = Shape::query,
              .parameters = {{.name = "limit", .doc = "Notifications of a page, 1 to 1000 (50)", .type = "integer"},
                             {.name = "cursor", .doc = "The next page: page.next_cursor of the one before"}},
              .streams = true, .answers = {{200, "One page", inbox_schema()}}, .handler = &notifications}));
  routes.add({.method = Method::post, .path = "/v1/notifications/read", .operation_id = "readNotifications", .tag = "notifications",
              .summary = "Mark notifications as read, up to a position", .shape = Shape::command, .body = schema<ReadBody>(),
              .answers = {{200, "Up to where all is read", json_schema("ReadUpTo", R"({"type":"object","required":["read_up_to"],"properties":{"read_up_to":{"type":"integer"}}})")}},
              .refusals = {Code::out_of_range}, .handler = &read_notifications});
}

}  // namespace dealog::api
