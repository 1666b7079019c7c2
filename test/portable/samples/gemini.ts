let minute = 0

/** An entry of Google Takeout's `MyActivity.json`; its times are one minute apart. */
export const activity = (title: string, ...html: string[]) => {
  const time = new Date(Date.UTC(2025, 0, 2, 3, 4 + minute, 5, 678)).toISOString()
  minute += 1
  return {
    header: 'Gemini Apps',
    title,
    titleUrl: 'https://gemini.google.com/app',
    subtitles: [{ name: 'x' }],
    time,
    products: ['Gemini Apps'],
    activityControls: ['Gemini Apps Activity'],
    ...(html.length > 0 && { safeHtmlItem: html.map((one) => ({ html: one })) }),
  }
}
