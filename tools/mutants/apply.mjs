/** The text with the one edit of a mutant. Throws when `find` does not stand there exactly once, or when the edit changes nothing. */
export function applyMutant(text, { find, replace }) {
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`the text to break stands ${places} times in the file`);
  if (find === replace) throw new Error('the edit changes nothing');
  return text.replace(find, () => replace);
}
