/** How many messages of one conversation have a number of their own in an index: more than anybody writes. */
export const ROOM = 2 ** 24
