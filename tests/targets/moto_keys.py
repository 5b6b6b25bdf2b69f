"""Prints an access key that moto lets do what the policy in argv[2] says, of the moto at argv[1]; runs in moto's environment."""

import json
import sys

import boto3

url, policy, name = sys.argv[1:]
iam = boto3.client(
    "iam", endpoint_url=url, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
)
iam.create_user(UserName=name)
iam.put_user_policy(UserName=name, PolicyName="store", PolicyDocument=policy)
key = iam.create_access_key(UserName=name)["AccessKey"]
print(json.dumps({"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}))
