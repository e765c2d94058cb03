// What is asked for on the command line, and the traces that are opened. Nothing is measured here.

export const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000, '500k': 500_000, '1m': 1_000_000 };

/** Formats as files: what the generator is told, and how the file ends. */
export const FORMATS = {
  pb: { format: 'otlp-proto', ending: 'pb', gzip: false, name: 'OTLP protobuf' },
  gz: { format: 'otlp-proto', ending: 'pb.gz', gzip: true, name: 'OTLP protobuf, gzip' },
  json: { format: 'otlp-json', ending: 'json', gzip: false, name: 'OTLP/JSON' },
};

const PARTS = ['load', 'frames', 'find', 'views', 'close', 'cold'];

const USAGE = `node benches/browser/run.mjs [--sizes 1k,10k,100k,1m] [--formats pb,gz,json] [--only ${PARTS.join(',')}]
                              [--runs N] [--data FOLDER] [--out FILE.json]`;

export function parse(words) {
  const options = {
    sizes: ['1k', '10k', '100k', '1m'],
    formats: ['pb', 'gz', 'json'],
    only: PARTS,
    runs: 1,
    data: 'target/bench',
    out: 'target/bench/results.json',
  };
  const list = (text, known, what) =>
    text.split(',').map((word) => {
      if (!known.includes(word)) throw new Error(`${what} ${word} is not known\n${USAGE}`);
      return word;
    });
  for (let at = 0; at < words.length; at += 2) {
    const [word, value] = [words[at], words[at + 1]];
    if (value === undefined) throw new Error(`${word} needs a value\n${USAGE}`);
    if (word === '--sizes') options.sizes = list(value, Object.keys(SIZES), 'size');
    else if (word === '--formats') options.formats = list(value, Object.keys(FORMATS), 'format');
    else if (word === '--only') options.only = list(value, PARTS, 'part');
    else if (word === '--runs') options.runs = Number(value);
    else if (word === '--data') options.data = value;
    else if (word === '--out') options.out = value;
    else throw new Error(`${word} is not known\n${USAGE}`);
  }
  return options;
}
