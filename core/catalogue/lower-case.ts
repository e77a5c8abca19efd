/**
 * The characters that have a lower case in MySQL's collation `utf8mb3_general_ci`, in which the server lowers
 * names: code points in hexadecimal, and how far away their lower case is. `-` means each code point
 * between two, `/` every second one. Other characters are their own lower case, also where Unicode says
 * otherwise (`ẞ`): the collation is older. Read from 8.0.31 and 9.7.4, which agree.
 * @see https://dev.mysql.com/doc/refman/8.0/en/identifier-case-sensitivity.html
 */
const LOWERED =
  "41-5a+32 c0-d6+32 d8-de+32 100/12e+1 130-199 132/136+1 139/147+1 14a/176+1 178-121 179/17d+1 181+210 " +
  "182/184+1 186+206 187+1 189-18a+205 18b+1 18e+79 18f+202 190+203 191+1 193+205 194+207 196+211 " +
  "197+209 198+1 19c+211 19d+213 19f+214 1a0/1a4+1 1a6+218 1a7+1 1a9+218 1ac+1 1ae+218 1af+1 " +
  "1b1-1b2+217 1b3/1b5+1 1b7+219 1b8+1 1bc+1 1c4+2 1c5+1 1c7+2 1c8+1 1ca+2 1cb/1db+1 1de/1ee+1 1f1+2 " +
  "1f2/1f4+1 1f6-97 1f7-56 1f8/21e+1 222/232+1 386+38 388-38a+37 38c+64 38e-38f+63 391-3a1+32 " +
  "3a3-3ab+32 3da/3ee+1 400-40f+80 410-42f+32 460/480+1 48c/4be+1 4c1/4c3+1 4c7+1 4cb+1 4d0/4f4+1 4f8+1 " +
  "531-556+48 1e00/1e94+1 1ea0/1ef8+1 1f08-1f0f-8 1f18-1f1d-8 1f28-1f2f-8 1f38-1f3f-8 1f48-1f4d-8 " +
  "1f59/1f5f-8 1f68-1f6f-8 1f88-1f8f-8 1f98-1f9f-8 1fa8-1faf-8 1fb8-1fb9-8 1fba-1fbb-74 1fbc-9 " +
  "1fc8-1fcb-86 1fcc-9 1fd8-1fd9-8 1fda-1fdb-100 1fe8-1fe9-8 1fea-1feb-112 1fec-7 1ff8-1ff9-128 " +
  "1ffa-1ffb-126 1ffc-9 2126-7517 212a-8383 212b-8262 2160-216f+16 24b6-24cf+26 ff21-ff3a+32";

const lowered = new Map<string, string>(
  LOWERED.split(" ").flatMap(range => {
    const [, first, kind, last = first, distance] = /^(\w+)(?:([-/])(\w+))?([-+]\d+)$/.exec(range)!;
    const [from, to] = [first, last].map(digits => Number.parseInt(digits!, 16)) as [number, number];
    const step = kind === "/" ? 2 : 1;
    return Array.from({ length: (to - from) / step + 1 }, (_, index): [string, string] => {
      const code = from + index * step;
      return [String.fromCharCode(code), String.fromCharCode(code + Number(distance))];
    });
  }),
);

/**
 * A name in lower case as MySQL lowers it: each character by itself. So it lowers names of routines, and with
 * `lower_case_table_names` those of databases and tables.
 */
export const lowerName = (name: string): string =>
  /[A-Z\u0080-\uffff]/.test(name)
    ? name.replace(/[A-Z\u0080-\uffff]/g, character => lowered.get(character) ?? character)
    : name;
