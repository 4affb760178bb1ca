import type { User } from "./state.ts";

/** What other users may see of a user. https://clerk.com/docs/reference/javascript/types/public-user-data */
export const publicUserData = (user: User) => ({
  user_id: user.id,
  identifier: identifierOf(user),
  first_name: user.first_name,
  last_name: user.last_name,
  image_url: user.image_url,
  has_image: user.has_image,
});

/** The primary address, or what else the user is known by. */
const identifierOf = ({ id, email_addresses, primary_email_address_id, username }: User): string =>
  email_addresses.find((address) => address.id === primary_email_address_id)?.email_address ?? username ?? id;
