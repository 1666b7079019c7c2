import { expect, test } from 'vitest'

import { ModelError } from '../../src/model/model.ts'
import { namesIn, summaryIn } from '../../src/model/names.ts'

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
  ['Hier sind sie:\nTitel: Eine Reise\nThema: Reisen', 'Eine Reise', 'Reisen'],
  ['TITLE: A trip TOPIC: travel', 'A trip', 'travel'],
  ['Title: A trip | Topic: travel', 'A trip', 'travel'],
  ['TITLE: A trip\\nTOPIC: travel', 'A trip', 'travel'],
  ['TITLE:\nA trip\n\nTOPIC:\ntravel', 'A trip', 'travel'],
  ['TITLE - A trip\nTOPIC - travel', 'A trip', 'travel'],
  ['Conversation title: A trip\nTopic: travel', 'A trip', 'travel'],
  ['<title>A trip</title><topic>travel</topic>', 'A trip', 'travel'],
  ['<answer>TITLE: A trip\nTOPIC: travel</answer>', 'A trip', 'travel'],
  ['TITLE: A trip\nTOPIC: travel<|im_end|>', 'A trip', 'travel'],
  ['{"names": {"title": "A trip", "topic": ["travel", "sea"]}}', 'A trip', 'travel'],
  ["{'title': 'A trip', 'topic': 'travel'}", 'A trip', 'travel'],
  ['{"title": "A trip", "topic": "travel",}', 'A trip', 'travel'],
  ['{"title": "A trip", "topic": "tra', 'A trip', ''],
  ["Sure! Here's a title: A trip", 'A trip', ''],
  ['Here is a title for this conversation:\n\n"A trip"', 'A trip', ''],
  ['Voici un titre pour cette conversation :\n\n**Un voyage**\nvoyages', 'Un voyage', 'voyages'],
  ['The title is: A trip', 'A trip', ''],
  ['Título: Un viaje\nTema: viajes\n\nEspero que ayude.', 'Un viaje', 'viajes'],
  ['¡Claro!\n\nTítulo: Un viaje\nTema: viajes', 'Un viaje', 'viajes'],
  ['Hot topic: the sea', 'Hot topic: the sea', ''],
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

test.each([
  ['Ann sails.', 'Ann sails.'],
  ['```\nAnn sails.\n```', 'Ann sails.'],
  ['{"summary": "Ann sails."}', 'Ann sails.'],
  ['<answer>\nAnn sails.\n</answer></s>', 'Ann sails.'],
  ['Ann sets {"a": "b"}', 'Ann sets {"a": "b"}'],
  ['{"who": "Ann", "what": "sails"}', '{"who": "Ann", "what": "sails"}'],
])('%j is a summary, whatever stands around it', (answer, summary) => {
  expect(summaryIn(answer)).toBe(summary)
})

test.each([' ', '\n', '<|a|>', 'a:\n', '\\n'])(
  'an answer of nothing but %j does not take for ever',
  (piece) => {
    expect(() => namesIn(piece.repeat(100_000))).toThrow(ModelError)
    expect(summaryIn(`a${piece.repeat(100_000)}b`)).toMatch(/^a[^]*b$/)
  },
)
