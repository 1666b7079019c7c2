import { describe, expect, test } from 'vitest'

import { append, as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import { eventually } from '../../../support/record.ts'
import { foundBy, marked, searchFor, searchPath } from '../../../support/searching.ts'

const user = (id: string, content: string) => ({ id, role: 'user', content })

describe('words of any script', async () => {
  const ann = await as.user()
  const said = {
    spanish: 'El año pasado estuve en Cádiz con la niña, ¿te acuerdas?',
    chinese: '我住在北京，天气很好。',
    japanese: '東京タワーの天気はどうですか。食べ物が好き',
    korean: '서울에서 여행을 했어요',
    thai: 'ฉันชอบภาษาไทยมาก',
    arabic: 'قال السَّلَامُ عَلَيْكُم يا أَحْمَد',
    hindi: 'मुझे हिन्दी की किताब चाहिए',
    glued: '修改youer服务端的配置',
    wide: 'Ｈｅｌｌｏ　ＷＯＲＬＤ　１２３',
    emoji: 'Great 🎉 news 👩‍💻 from 🇪🇸',
    code: 'Call getUserName in snake_case_name, or HTTPServer2Go.run()',
    numbers: 'It cost 1,234.56 on 2026-11-25, invoice INV-00042',
    url: 'See https://example.com/docs/page?id=77#top for more',
    german: 'Die Straße ist groß',
    russian: 'Привет, как дела? Ещё раз',
    greek: 'ΣΊΣΥΦΟΣ και Ελλάς',
    hebrew: 'שָׁלוֹם עולם',
    decomposed: 'Cafe\u0301 con piñata de \u1112\u1161\u11ab\u1100\u1173\u11af',
  }
  await givenConversation(ann, {
    messages: Object.entries(said).map(([id, content]) => user(id, content)),
  })

  test.each([
    ['año', 'spanish'],
    ['ano', 'spanish'],
    ['cadiz', 'spanish'],
    ['CÁDIZ', 'spanish'],
    ['"estuve en cádiz"', 'spanish'],
    ['acuerd*', 'spanish'],
    ['北京', 'chinese'],
    ['住', 'chinese'],
    ['很好', 'chinese'],
    ['我住在', 'chinese'],
    ['天气', 'chinese'],
    ['東京', 'japanese'],
    ['タワー', 'japanese'],
    ['ﾀﾜｰ', 'japanese'],
    ['食べ物', 'japanese'],
    ['き', 'japanese'],
    ['서울', 'korean'],
    ['여행', 'korean'],
    ['요', 'korean'],
    ['ไทย', 'thai'],
    ['ภาษา', 'thai'],
    ['السلام', 'arabic'],
    ['عليكم', 'arabic'],
    ['احمد', 'arabic'],
    ['हिन्दी', 'hindi'],
    ['किताब', 'hindi'],
    ['youer', 'glued'],
    ['修改youer', 'glued'],
    ['youer服务', 'glued'],
    ['改youer服', 'glued'],
    ['服务端', 'glued'],
    ['hello', 'wide'],
    ['world 123', 'wide'],
    ['🎉', 'emoji'],
    ['👩‍💻', 'emoji'],
    ['🇪🇸', 'emoji'],
    ['getUserName', 'code'],
    ['getusername', 'code'],
    ['UserName', 'code'],
    ['username', 'code'],
    ['getuserName', 'code'],
    ['GETUSER', 'code'],
    ['casename', 'code'],
    ['HTTPServer', 'code'],
    ['httpserver', 'code'],
    ['server2', 'code'],
    ['Server2Go', 'code'],
    ['2go', 'code'],
    ['erName', null],
    ['snake_case_name', 'code'],
    ['snakecasename', 'code'],
    ['case_name', 'code'],
    ['httpserver2', 'code'],
    ['"call getUserName in"', 'code'],
    ['1,234.56', 'numbers'],
    ['1234', null],
    ['2026-11-25', 'numbers'],
    ['INV-00042', 'numbers'],
    ['00042', 'numbers'],
    ['https://example.com/docs', 'url'],
    ['example.com', 'url'],
    ['strasse', 'german'],
    ['GROSS', 'german'],
    ['привет', 'russian'],
    ['ещё', 'russian'],
    ['σίσυφος', 'greek'],
    ['ελλάσ', 'greek'],
    ['שלום', 'hebrew'],
    ['café', 'decomposed'],
    ['한글', 'decomposed'],
    ['京北', null],
    ['hindi', null],
  ])('%s finds %s', async (q, expected) => {
    const { data } = await searchFor(ann, q)
    expect(foundBy(data)).toEqual(expected === null ? [] : [expected])
    // Something of what was said is marked, and it is something that was looked for.
    for (const hit of data) expect(marked(hit).every((part) => part.trim() !== '')).toBe(true)
  })

  test('marks what was looked for in the words of the log', async () => {
    const marks = async (q: string) => (await searchFor(ann, q)).data.flatMap(marked)
    expect(await marks('cadiz estuve')).toEqual(['estuve', 'Cádiz'])
    expect(await marks('"en cadiz"')).toEqual(['en Cádiz'])
    expect(await marks('天气 京')).toEqual(['京', '天气'])
    expect(await marks('北 很')).toEqual(['北', '很'])
    expect(await marks('username')).toEqual(['UserName'])
    expect(await marks('السلام')).toEqual(['السَّلَامُ'])
    expect(await marks('hello')).toEqual(['Ｈｅｌｌｏ'])
    expect(await marks('getuser*')).toEqual(['getUserName'])
    expect(await marks('strasse')).toEqual(['Straße'])
  })
})

describe('a query', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, {
    messages: [
      user('both', 'red apples and green pears'),
      user('red', 'red wine'),
      user('order', 'green and red'),
      user('quoted', 'so-called "red line" and NEAR the end'),
    ],
  })

  test.each([
    ['red', ['both', 'order', 'quoted', 'red']],
    ['red green', ['both', 'order']],
    ['"green and red"', ['order']],
    ['"green and', ['order']],
    ['red -green', ['quoted', 'red']],
    ['red -"red wine"', ['both', 'order', 'quoted']],
    ['gre* -pears', ['order']],
    ['"red app"*', ['both']],
    ['NEAR', ['quoted']],
    ['red OR nothing', []],
    ['user:red', []],
    ['"red line" *', ['quoted']],
    ['red AND', ['both', 'order', 'quoted']],
    [') red (', ['both', 'order', 'quoted', 'red']],
    ['red" -- "', ['both', 'order', 'quoted', 'red']],
  ])('%s', async (q, expected) => {
    expect(foundBy((await searchFor(ann, q)).data).toSorted()).toEqual(expected)
  })

  test.each([
    ['nothing at all', ''],
    ['no word', '!!! ***'],
    ['only what must not occur', '-red'],
    ['more than anybody types', 'x'.repeat(1_001)],
    ['too many words', Array.from({ length: 33 }, (_, n) => `w${n}`).join(' ')],
    ['ten thousand words', 'a '.repeat(10_000)],
    ['a NUL', 'red\0'],
  ])('is refused if it is %s', async (_, q) => {
    const problem = await problemOf(ann.get(searchPath(q)))
    expect(problem).toMatchObject({ type: '/problems/invalid-request', status: 422 })
    expect(pointersOf(problem)).toEqual(['?q'])
  })

  test('finds nothing of what is not there, and says how much it looked at', async () => {
    expect(await searchFor(ann, 'zebra')).toEqual({
      object: 'list',
      data: [],
      has_more: false,
      next_cursor: null,
      indexed: { conversations: 1, of: 1 },
    })
  })

  test('a find says where it is, and leads there', async () => {
    const [hit] = (await searchFor(ann, 'wine')).data
    expect(hit).toMatchObject({
      object: 'search_hit',
      conversation: { id, title: null, is_active: true },
      message: { id: 'red', seq: 2, role: 'user', is_on_path: true },
      found_in: 'content',
      excerpt: { text: 'red wine', highlights: [{ start: 4, end: 8 }] },
    })
    const page = await bodyOf<{ data: { id: string }[] }>(
      ann.get(`${at(id)}/messages?around=${hit?.message?.id}&limit=3`),
    )
    expect(page.data.map((one) => one.id)).toEqual(['both', 'red', 'order'])
  })

  test('what is appended is found soon, by everybody who searched before', async () => {
    await append(ann, id, [user('late', 'a zeppelin')])
    await eventually(async () => (await searchFor(ann, 'zeppelin')).data.length === 1)
    expect(foundBy((await searchFor(ann, 'zeppelin')).data)).toEqual(['late'])
  })
})
