/**
 * Words and phrases that the language rules of CONTRIBUTING.md exclude, because they are vague or mean something only
 * here. Each is a regular expression for whole words, without regard to case; a space matches any white space.
 */
export const BANNED: readonly string[] = [
  // Actors have roles: the caller, the user, the worker, the operator.
  "he",
  "his",
  "him",
  "himself",
  "whoever",
  "nobody",
  "somebody",
  "anybody",
  "everybody",
  "(is|are) at it",
  "who may what",
  "strangers? at",
  "scene of strangers",

  // Idioms.
  "anew",
  "thereof",
  "unheard",
  "aloud",
  "at hand",
  "in vain",
  "hears? of",
  "heard of",
  "believes?",
  "believed",
  "told",
  "(go|goes|going|went|gone) on from (there|where)",
  "(come|comes|came) to nothing",
  "the words of",
  "wish(es|ed)?",

  // Layers, endpoints and base modules.
  "doors?",
  "doorways?",
  "rooms?",
  "halls?",
  "houses?",
  "ground",
  "trespass(es|ed)?",
  "post office",
  "astray",

  // Fetch, detect drift, poll events, process due events, run, lease.
  "look(s|ed|ing)? (at|behind|again|elsewhere)",
  "rereads?",
  "stalest",
  "(catch|catches|caught|catching)[ -]up",
  "drain(s|ed|ing)?",
  "stretch(es|ed)?",
  "pace(s|d)?",
  "(a|the|each|every|one|this|another|next|last|first|that) pass",
  "(whose|its|their|his|caller's|worker's|the|a|one|another) turn",

  // Tests and models.
  "test[ -]bench(es)?",
  "tempers?",
  "happenings?",
  "foreignness",
  "rigs?",
  "chaos",
  '(?<![-"])quiet',
  "(every|each|broken|kept) promises?",
  "promises? (is|are) kept",

  "catalogues?",
];
