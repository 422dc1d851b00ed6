const CODES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Any text as HTML text or attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => CODES[character]!);
