import { invalid } from "../../core/errors.ts";
import { type Param, text } from "../../core/params.ts";

/** A URL with a scheme, which is kept as it was sent. */
export const url: Param<string> = (value, param) => {
  const given = text(value, param);
  if (!/^https?:\/\//i.test(given)) {
    throw invalid("Invalid URL: An explicit scheme (such as https) must be provided.", param, "url_invalid");
  }
  if (URL.canParse(given)) return given;
  throw invalid("Not a valid URL", param, "url_invalid");
};
