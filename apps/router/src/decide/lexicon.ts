/** What a word tells about the kind of a prompt. One word may stand for one topic only. */
export type Topic =
  | 'math'
  | 'code'
  | 'negation'
  | 'law'
  | 'medicine'
  | 'humanities'
  | 'business'
  | 'science'
  | 'psychology'

const WORDS: Readonly<Record<Topic, string>> = {
  math: `sum integral derivative equation equations probability percent percentage ratio matrix polynomial
    triangle prime solve calculate compute total fraction integer integers divisible factor average twice half`,
  code: `def function class return import include python javascript sql int print assert array string list
    tuple code program regex algorithm`,
  negation: 'not except least never incorrect false',
  law: `court plaintiff defendant statute contract liable liability tort jury constitution constitutional
    amendment attorney negligence negligent felony evidence lawsuit appeal`,
  medicine: `patient symptom symptoms diagnosis diagnosed disease blood clinical therapy drug cell cells gene
    protein infection syndrome hormone muscle`,
  humanities: `moral morality morally philosophy philosopher ethics ethical religion religious god century war
    empire king revolution passage culture society argument`,
  business: `market price cost firm interest bank stock tax revenue demand supply inflation invest investment
    account accounting company profit asset assets management`,
  science: `energy force mass velocity electron atom molecule reaction acid temperature pressure charge wave
    circuit current voltage solution mol kg cm km heat`,
  psychology: `behavior behaviour therapist personality cognitive child children learning memory emotion
    emotional psychology psychologist psychological self student students`,
}

const topicOfWord: ReadonlyMap<string, Topic> = new Map(
  (Object.keys(WORDS) as Topic[]).flatMap((topic) =>
    WORDS[topic].split(/\s+/).map((word): [string, Topic] => [word, topic]),
  ),
)

/** @param word lower case. */
export function topicOf(word: string): Topic | undefined {
  return topicOfWord.get(word)
}
