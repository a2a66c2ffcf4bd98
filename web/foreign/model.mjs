// A scripted OpenAI-compatible model. The last user message says how it answers.
import { createServer } from 'node:http';

const words = (n) => Array.from({ length: n }, (_, i) => (i % 7 === 6 ? 'and then on. ' : 'word '));

export async function startModel() {
  const seen = { left: 0 }; // callers that left before the end
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const piece of req) body += piece;
    if (!req.url.endsWith('/chat/completions')) return res.writeHead(404).end('{}');
    const request = JSON.parse(body);
    const last = request.messages.findLast((m) => m.role === 'user')?.content ?? '';
    const text = typeof last === 'string' ? last : last.map((p) => p.text ?? '').join('');
    let gone = false;
    res.on('close', () => {
      gone = true;
      if (!res.writableEnded && !/break/.test(text)) seen.left++;
    });
    const chunk = (delta, finish_reason = null) =>
      res.write(
        `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'scripted', choices: [{ index: 0, delta, finish_reason }] })}\n\n`,
      );
    const called = request.messages.some((m) => m.role === 'tool');
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    chunk({ role: 'assistant', content: '' });
    if (/search/.test(text) && !called) {
      const call = {
        index: 0,
        id: 'call_1',
        type: 'function',
        function: { name: 'search_products', arguments: '{"query":"headphones"}' },
      };
      chunk({ tool_calls: [call] });
      chunk({}, 'tool_calls');
      return res.end('data: [DONE]\n\n');
    }
    const pause = /slow/.test(text) ? 40 : 2;
    for (const w of words(/slow/.test(text) ? 60 : 14)) {
      if (gone) return;
      chunk({ content: w });
      await new Promise((ok) => setTimeout(ok, pause));
    }
    if (/hang/.test(text)) return; // until the caller gives up
    if (/break/.test(text)) return res.destroy();
    chunk({}, /length/.test(text) ? 'length' : /filter/.test(text) ? 'content_filter' : 'stop');
    const usage = { prompt_tokens: 11, completion_tokens: 14, total_tokens: 25 };
    res.write(
      `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'scripted', choices: [], usage })}\n\n`,
    );
    res.end('data: [DONE]\n\n');
  });
  await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    seen,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
