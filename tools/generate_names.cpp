#include "tools/generate_names.h"

#include <iterator>
#include <utility>

namespace dealog::tools::names {

namespace {

constexpr std::string_view polish_women[] = {"Anna", "Maria", "Katarzyna", "Małgorzata", "Agnieszka", "Barbara", "Ewa", "Krystyna",
    "Magdalena", "Elżbieta", "Joanna", "Aleksandra", "Zofia", "Monika", "Łucja", "Żaneta", "Natalia", "Karolina"};
constexpr std::string_view polish_men[] = {"Piotr", "Krzysztof", "Andrzej", "Tomasz", "Paweł", "Jan", "Michał", "Marcin", "Jakub",
    "Adam", "Łukasz", "Grzegorz", "Wojciech", "Mateusz", "Stanisław", "Rafał", "Zbigniew", "Szymon"};
constexpr std::string_view polish_last[] = {"Nowak", "Wójcik", "Kowalczyk", "Woźniak", "Mazur", "Krawczyk", "Kaczmarek", "Zając",
    "Król", "Wieczorek", "Wróbel", "Stępień", "Górski*", "Dąbrowski*", "Lewandowski*", "Zieliński*", "Szymański*", "Kozłowski*",
    "Jankowski*", "Pawłowski*", "Michalski*", "Jabłoński*", "Majewski*", "Olszewski*", "Malinowski*", "Sikora", "Baran", "Duda"};
constexpr std::string_view english_first[] = {"James", "Mary", "Oliver", "Emma", "George", "Charlotte", "Harry", "Amelia", "Jack",
    "Sophie", "William", "Grace", "Thomas", "Lucy", "Henry", "Alice", "Daniel", "Ruth", "Samuel", "Claire"};
constexpr std::string_view english_last[] = {"Smith", "Jones", "Taylor", "Brown", "Walker", "Wright", "Thompson", "Hughes", "Edwards",
    "Hall", "Wood", "Clarke", "Turner", "Cooper", "Morgan", "Bell", "Murphy", "O'Brien", "Ward", "Fletcher"};
constexpr std::string_view stems[] = {"Bałtyk", "Wisła", "Tatra", "Orion", "Vega", "Northgate", "Silverline", "Bluewater", "Polmet",
    "Agro", "Termo", "Hydro", "Lumen", "Karpaty", "Meridian", "Copperfield", "Granit", "Stal", "Oakridge", "Harbour", "Zefir",
    "Amber", "Nova", "Delta", "Sigma", "Ferro", "Lexon", "Prime", "Kingsway", "Mazovia", "Odra", "Warta", "Eko", "Helios"};
constexpr std::string_view trades[] = {"Logistics", "Systems", "Budownictwo", "Foods", "Pharma", "Energia", "Transport", "Software",
    "Consulting", "Meble", "Textiles", "Electronics", "Media", "Finanse", "Medical", "Motors", "Packaging", "Instruments",
    "Nieruchomości", "Ogrody"};
constexpr std::string_view forms[] = {"sp. z o.o.", "S.A.", "Ltd", "GmbH", "s.c.", "plc"};
constexpr std::string_view subjects[] = {"wdrożenie", "annual licence", "rozbudowa magazynu", "support contract", "pilot", "renewal",
    "szkolenie zespołu", "migration", "modernizacja linii", "extra seats", "audyt", "integration", "dostawa 2 partii", "consulting days"};
constexpr std::string_view notes[] = {"Rozmowa telefoniczna: klient prosi o ofertę do końca tygodnia.",
    "Met at their office. Budget is approved for this quarter, decision by the board.",
    "Konkurencja złożyła niższą ofertę; zależy im na terminie wdrożenia.", "Asked for two references from the same trade.",
    "Potrzebna zgoda działu prawnego, wracamy do tematu po 15-tym.", "Demo went well; they want their data in the next one.",
    "Wysłano poprawioną ofertę z rabatem 5 %.", "Contact is on holiday until Monday, the deputy knows the case."};
constexpr std::string_view jobs[] = {"Dyrektor handlowy", "Head of Purchasing", "Prezes zarządu", "IT Manager", "Kierownik produkcji",
    "Office Manager", "Główna księgowa", "Operations Director"};
constexpr std::string_view tasks[] = {"Zadzwonić w sprawie oferty", "Send the contract", "Umówić spotkanie", "Prepare the demo",
    "Sprawdzić płatność", "Follow up", "Przygotować wycenę", "Ask for references"};

std::string_view one_of(std::span<const std::string_view> words, Random& random) { return words[random.below(words.size())]; }

constexpr std::pair<std::string_view, char> plain_letters[] = {{"ą", 'a'}, {"ć", 'c'}, {"ę", 'e'}, {"ł", 'l'}, {"ń", 'n'}, {"ó", 'o'},
    {"ś", 's'}, {"ź", 'z'}, {"ż", 'z'}, {"Ą", 'a'}, {"Ć", 'c'}, {"Ę", 'e'}, {"Ł", 'l'}, {"Ń", 'n'}, {"Ó", 'o'}, {"Ś", 's'}, {"Ź", 'z'}, {"Ż", 'z'}};

}  // namespace

Person person(Random& random) {
  if (random.chance(350)) return {std::string(one_of(english_first, random)), std::string(one_of(english_last, random))};
  const bool woman = random.chance(500);
  const std::string_view first = woman ? one_of(polish_women, random) : one_of(polish_men, random);
  std::string last(one_of(polish_last, random));
  if (last.ends_with('*')) {  // an adjective: Górski, Górska
    last.pop_back();
    if (woman) last.back() = 'a';
  }
  return {std::string(first), last};
}

std::string company(Random& random) {
  if (random.chance(150)) {
    const Person founder = person(random);
    return founder.last + (random.chance(500) ? " i Synowie " : " & Partners ") + std::string(one_of(forms, random));
  }
  std::string name(one_of(stems, random));
  return name.append(" ").append(one_of(trades, random)).append(" ").append(one_of(forms, random));
}

std::string_view subject(Random& random) { return one_of(subjects, random); }
std::string_view note(Random& random) { return one_of(notes, random); }
std::string_view job(Random& random) { return one_of(jobs, random); }
std::string_view task(Random& random) { return one_of(tasks, random); }

std::string slug(std::string_view name) {
  std::string made;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c >= 'A' && c <= 'Z') made += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) made += c;
    else
      for (const auto& [letter, plain] : plain_letters)
        if (name.substr(i).starts_with(letter)) made += plain;
  }
  return made;
}

}  // namespace dealog::tools::names
