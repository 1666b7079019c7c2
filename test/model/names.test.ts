import { expect, test } from 'vitest'

import { ModelError } from '../../src/model/model.ts'
import { namesIn } from '../../src/model/names.ts'

test.each([
  ['TITLE: A trip\nTOPIC: travel', 'A trip', 'travel'],
  ['**Title:** A trip\n**Topic:** travel', 'A trip', 'travel'],
  ['- TITLE : "A trip"\n- TOPIC : travel', 'A trip', 'travel'],
  ['Here you are:\nTITLE: A trip\nTOPIC: travel', 'A trip', 'travel'],
  ['TITLE: A trip', 'A trip', ''],
  ['TITLE: Time: 10:30\nTOPIC: time', 'Time: 10:30', 'time'],
  ['TÍTULO: Un viaje\nTEMA: viaje', 'Un viaje', 'viaje'],
  ['标题：旅行\n主题：旅游', '旅行', '旅游'],
  ['العنوان: رحلة\nالموضوع: سفر', 'رحلة', 'سفر'],
  ['```json\n{"title": "A trip", "topic": "travel"}\n```', 'A trip', 'travel'],
  ['{"TITLE": "A trip", "TOPIC": "travel"}', 'A trip', 'travel'],
  ['{"título": "Un viaje", "tema": "viaje"}', 'Un viaje', 'viaje'],
  ['Sure! {"title": "A trip"}', 'A trip', ''],
  ['{\n"TITLE": "A trip",\n"TOPIC": "travel",\n}', 'A trip', 'travel'],
  ['```\nTITLE: A trip\nTOPIC: travel\n```', 'A trip', 'travel'],
  ['A trip to Cadiz', 'A trip to Cadiz', ''],
  ['“A trip to Cadiz”\ntravel', '“A trip to Cadiz”', 'travel'],
  [`A trip\n${'and so on '.repeat(9)}`, 'A trip', ''],
  ['https://a.test/b', 'https://a.test/b', ''],
  ['<think>TITLE: no\nTOPIC: no</think>TITLE: A trip\nTOPIC: travel', 'A trip', 'travel'],
])('%j gives names', (answer, title, topic) => {
  expect(namesIn(answer)).toEqual({ title, topic })
})

test.each([
  [''],
  ['TITLE:\nTOPIC: travel'],
  ['TOPIC: travel'],
  ['{"title": 7}'],
  ['{}'],
  ['"..."'],
  ['<think>TITLE: A trip</think>'],
  [`I would say that ${'it depends '.repeat(20)}`],
  ['First: I look.\nThen: I see.\nAnd so it goes on, line by line.'],
])('%j gives none', (answer) => {
  expect(() => namesIn(answer)).toThrow(ModelError)
})
