#pragma once
// Parts of the planner: what is known of one object, and the chain of requests that it becomes, in effective order.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "tools/import_dates.h"
#include "tools/import_fields.h"
#include "tools/import_planner.h"

namespace dealog::tools {

// One object on its way to a chain.
struct Draft {
  std::uint32_t entity = 0;
  std::size_t row = 0;
  std::string external_id;
  Uuid id;
  boost::json::object body = {};          // of its creation
  std::vector<Uuid> needs = {};
  Uuid parent = {};                       // of teams
  std::string status = {};                // of deals and leads, "" is open
  std::optional<When> created = {}, closed = {};  // closed: tasks done, too
  boost::json::object closing = {};       // of deals and leads: reason and note, or what the lead becomes
  const PlannedProcess* process = nullptr;

  bool operator==(const Draft& other) const {  // says the same of the same object
    return body == other.body && status == other.status && created == other.created && closed == other.closed && closing == other.closing;
  }
};

// A row of a stage history.
struct Move {
  std::uint32_t entity = 0;
  std::size_t row = 0;
  std::string stage;
  When at;
};

// The lines or the costs of a deal: rows, of one file or of several, that are one request.
struct Amounts {
  PlanEntity::What what = PlanEntity::What::deal_lines;
  std::vector<RowPlace> rows = {};        // at least one
  boost::json::array items = {};
  std::vector<Uuid> needs = {};
  bool is_sound = true;                   // a faulty row holds back all of them, never the deal
};

class ChainMaker {
 public:
  using Tell = std::function<void(const PlanEntity&, std::size_t row, std::string column, std::string code, std::string message)>;
  ChainMaker(const Plan& plan, const NamedWords& words, Tell tell) : plan_(plan), words_(words), tell_(std::move(tell)) {}

  // One request with its Idempotency-Key, which is derived from what it is about and the deed.
  PlannedCommand command(std::string method, std::string path, const boost::json::object& body, std::string_view set,
                         std::string_view external_id, std::string_view deed, std::uint32_t entity, std::size_t row) const;

  // Its creation and no more.
  PlannedChain simple(Draft& draft) const;
  // Of deals and leads: creation, moves, closing. Nothing: told.
  std::optional<PlannedChain> life(Draft& draft, std::vector<Move> moves) const;
  // Creation, and completion where it was completed.
  std::optional<PlannedChain> task(Draft& draft) const;
  // Behind everything else that happens to the deal: amounts hold from when they are recorded.
  void add_amounts(PlannedChain& chain, const Draft& draft, const Amounts& amounts) const;

 private:
  // Nil: there is none.
  Uuid stage(const Draft& draft, std::string_view name) const;
  bool check_moves(const Draft& draft, const std::vector<Move>& moves) const;
  bool order_moments(Draft& draft, std::vector<Move>& moves) const;
  PlannedCommand closing(const Draft& draft) const;

  const Plan& plan_;
  const NamedWords& words_;
  Tell tell_;
};

}  // namespace dealog::tools
